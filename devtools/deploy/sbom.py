"""Lists what the runtime image consists of, as a CycloneDX document, from the lock files.

    python -m devtools.deploy sbom > parley.cdx.json

The packages of the base image are not in it: they depend on the base that is named at the build. Locked packages that
are only for other systems are left out; `make verify-image` compares the list with what the image has.
"""

import json
import re
from pathlib import Path
from typing import Any

from packaging.markers import Marker

PROJECT = Path(__file__).parents[2]
_LOCKED = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)(?: ; ([^\\\n]+?))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)",
    re.MULTILINE,
)

Json = dict[str, Any]


def image_environment(project: Path = PROJECT) -> dict[str, str]:
    """Return the values of environment markers (PEP 508) in the image: Linux, and the Python of the base image."""
    found = re.search(r"^ARG PYTHON_IMAGE=python:(\d+\.\d+)", (project / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None  # noqa: S101 - the Dockerfile names it
    return {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": found[1],
        "python_full_version": f"{found[1]}.0",
        "implementation_version": f"{found[1]}.0",
    }


def document(project: Path = PROJECT) -> Json:
    """Return the document. It has no time and no serial number, so that it is the same for the same lock files."""
    lock = json.loads((project / "web" / "package-lock.json").read_text())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "parley"}},
        "components": [*_python(project), *_javascript(lock)],
    }


def text() -> str:
    """Return the document as JSON."""
    return json.dumps(document(), indent=1)


def _python(project: Path) -> list[Json]:
    """Return the packages of the services. A package has a file for each platform, and so several hashes."""
    environment = image_environment(project)
    return [
        _component(name, version, f"pkg:pypi/{name.lower()}@{version}", [("SHA-256", one) for one in _digests(hashes)])
        for name, version, marker, hashes in _LOCKED.findall((project / "requirements.txt").read_text())
        if not marker or Marker(marker).evaluate(environment)
    ]


def _digests(hashes: str) -> list[str]:
    return re.findall(r"sha256:([0-9a-f]{64})", hashes)


def _javascript(lock: Json) -> list[Json]:
    """Return the packages that the console's pages contain; those that only build them are left out."""
    found = []
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("devOptional") and not package.get("optional"):
            name = path.rpartition("node_modules/")[2]
            purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
            found.append(_component(name, package["version"], purl, []))
    return found


def _component(name: str, version: str, purl: str, hashes: list[tuple[str, str]]) -> Json:
    component: Json = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    if hashes:
        component["hashes"] = [{"alg": algorithm, "content": digest} for algorithm, digest in hashes]
    return component
