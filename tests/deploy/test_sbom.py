"""The SBOM has what the lock files have, and nothing that only builds the pages."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.deploy import sbom
from devtools.deploy.engine import contents, inside_image

LOCK = (sbom.PROJECT / "requirements.txt").read_text()
COMPONENTS = {one["purl"]: one for one in sbom.document()["components"]}


def test_every_locked_python_package_for_the_image_is_listed_with_its_hashes() -> None:
    blocks = re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)((?:.*\\\n)*.*\n)", LOCK, re.MULTILINE)
    elsewhere = {"colorama", "httpx2-jsfetch"}
    assert all("; " in rest for name, _, rest in blocks if name in elsewhere)
    expected = {f"pkg:pypi/{name.lower()}@{version}": rest for name, version, rest in blocks if name not in elsewhere}
    assert expected.keys() == {purl for purl in COMPONENTS if purl.startswith("pkg:pypi/")}
    for purl, rest in expected.items():
        assert len(COMPONENTS[purl]["hashes"]) == rest.count("--hash=sha256:")


def test_packages_for_other_systems_are_not_listed(tmp_path: Path) -> None:
    lines = {
        "plain==1": True,
        "on-windows==1 ; sys_platform == 'win32'": False,
        "not-in-browsers==1 ; sys_platform != 'emscripten'": True,
        "for-old-python==1 ; python_full_version < '3.11'": False,
        "for-cpython==1 ; implementation_name != 'PyPy'": True,
    }
    (tmp_path / "web").mkdir()
    (tmp_path / "web/package-lock.json").write_text('{"packages": {}}')
    (tmp_path / "Dockerfile").write_text("ARG PYTHON_IMAGE=python:3.11-slim-bookworm\n")
    text = "".join(f"{line} \\\n    --hash=sha256:{'0' * 64}\n" for line in lines)
    (tmp_path / "requirements.txt").write_text(text)
    expected = [line.partition("==")[0] for line, listed in lines.items() if listed]
    assert [one["name"] for one in sbom.document(tmp_path)["components"]] == expected


def test_differences_between_image_and_sbom_are_found() -> None:
    assert contents.differences([("PyYAML", "6.0"), ("a_b", "1")], [("pyyaml", "6.0"), ("a-b", "1")]) == []
    found = contents.differences([("pip", "23.0"), ("redis", "8.0")], [("redis", "8.1"), ("colorama", "0.4.6")])
    assert found == [
        "the image has, and the SBOM does not list: pip 23.0, redis 8.0",
        "the SBOM lists, and is not in the image: colorama 0.4.6, redis 8.1",
    ]


def test_modules_that_each_start_would_compile_are_found(tmp_path: Path) -> None:
    for name in ("ready", "checked"):
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    options = ["-m", "compileall", "-q", "--invalidation-mode"]
    subprocess.run([sys.executable, *options, "unchecked-hash", str(tmp_path / "ready.py")], check=True)
    subprocess.run([sys.executable, *options, "timestamp", str(tmp_path / "checked.py")], check=True)
    (tmp_path / "missing.py").write_text("x = 1\n")
    (tmp_path / "template.py").write_text("{{ name }} = not Python\n")
    assert [Path(one).name for one in inside_image.uncompiled(tmp_path)] == ["checked.py", "missing.py"]


@pytest.mark.parametrize("command", ["sbom", "digests --check"])
def test_a_reader_that_has_read_enough_is_no_error(command: str) -> None:
    line = f"{sys.executable} -m devtools.deploy {command} | true"
    done = subprocess.run(["bash", "-c", line], cwd=sbom.PROJECT, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_pages_are_listed_without_what_only_builds_them() -> None:
    manifest = json.loads((sbom.PROJECT / "web/package.json").read_text())
    names = {one["name"] for purl, one in COMPONENTS.items() if purl.startswith("pkg:npm/")}
    assert set(manifest["dependencies"]) <= names
    assert not set(manifest["devDependencies"]) & names


def test_document_is_the_same_for_the_same_locks() -> None:
    assert sbom.text() == sbom.text()
    assert json.loads(sbom.text())["bomFormat"] == "CycloneDX"
