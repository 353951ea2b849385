"""Compares what the image contains with what the SBOM says, and looks for modules that are not compiled."""

import json
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import canonicalize_name

from devtools.deploy import sbom
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.engine import inside_image
from devtools.deploy.engine.engine import Engine

_SHOWN = 5


def check(engine: Engine, image: str) -> str:
    """Check the runtime image. Raises CheckFailed with the differences."""
    program = Path(inside_image.__file__).read_text()
    inside = json.loads(engine.docker("run", "--rm", "--network", "none", image, "python", "-c", program))
    if found := [*differences(inside["distributions"], listed()), *_uncompiled(inside["uncompiled"])]:
        raise CheckFailed("\n".join(found))
    return f"the SBOM lists the {len(inside['distributions'])} Python packages of the image; all modules are compiled"


def listed() -> list[tuple[str, str]]:
    """Return the Python packages of the SBOM, with their versions."""
    components = sbom.document()["components"]
    return [(one["name"], one["version"]) for one in components if one["purl"].startswith("pkg:pypi/")]


def differences(installed: Iterable[Iterable[str]], named: Iterable[Iterable[str]]) -> list[str]:
    """Return packages that are in the image or in the SBOM alone. Both: names with versions."""
    there, said = _normalized(installed), _normalized(named)
    only = {
        "the image has, and the SBOM does not list": there - said,
        "the SBOM lists, and is not in the image": said - there,
    }
    return [f"{text}: {', '.join(sorted(packages))}" for text, packages in only.items() if packages]


def _normalized(packages: Iterable[Iterable[str]]) -> set[str]:
    return {f"{canonicalize_name(name)} {version}" for name, version in packages}


def _uncompiled(modules: list[str]) -> list[str]:
    if not modules:
        return []
    return [f"{len(modules)} modules are not compiled, so each start compiles them: {', '.join(modules[:_SHOWN])}"]
