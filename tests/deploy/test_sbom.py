"""The SBOM has what the lock files have, and nothing that only builds the pages."""

import json
import re

from devtools.deploy import sbom

LOCK = (sbom.PROJECT / "requirements.txt").read_text()
COMPONENTS = {one["purl"]: one for one in sbom.document()["components"]}


def test_every_locked_python_package_is_listed_with_its_hashes() -> None:
    locked = re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", LOCK, re.MULTILINE)
    assert {f"pkg:pypi/{name.lower()}@{version}" for name, version in locked} == {
        purl for purl in COMPONENTS if purl.startswith("pkg:pypi/")
    }
    assert sum(len(one.get("hashes", ())) for one in COMPONENTS.values()) == LOCK.count("--hash=sha256:")


def test_pages_are_listed_without_what_only_builds_them() -> None:
    manifest = json.loads((sbom.PROJECT / "web/package.json").read_text())
    names = {one["name"] for purl, one in COMPONENTS.items() if purl.startswith("pkg:npm/")}
    assert set(manifest["dependencies"]) <= names
    assert not set(manifest["devDependencies"]) & names


def test_document_is_the_same_for_the_same_locks() -> None:
    assert sbom.text() == sbom.text()
    assert json.loads(sbom.text())["bomFormat"] == "CycloneDX"
