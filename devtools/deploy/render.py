"""What a cluster would be given: each overlay, and production with components, as kustomize renders it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devtools.deploy.check_result import Broken
from devtools.deploy.programs import run

Resource = dict[str, Any]

COMPONENTS = (
    *("keda", "hpa", "kafka-tls", "keda-kafka-tls"),
    *("monitoring", "external-secrets", "mongodb-backup", "sentry"),
)
_ALL = ("kafka-tls", "monitoring", "external-secrets", "mongodb-backup", "sentry")
_FULLEST = ("keda", "keda-kafka-tls", *_ALL)
FULLEST = "+".join(("production", *_FULLEST))
_CHOICES = ((), ("keda",), ("hpa",), _FULLEST, ("hpa", *_ALL))


def choose(tree: Path, components: tuple[str, ...]) -> Path:
    """Take the # away before these components of the production overlay; the overlay."""
    overlay = tree / "overlays" / "production"
    file = overlay / "kustomization.yaml"
    text = file.read_text()
    for name in components:
        if f"  # - ../../components/{name} " not in text:
            raise Broken(f"{file.name} of production does not offer the component {name}")
        text = text.replace(f"  # - ../../components/{name} ", f"  - ../../components/{name} ")
    file.write_text(text)
    return overlay


def render(kubectl: Path, overlay: Path) -> list[Resource]:
    """Raises Broken with what kustomize says."""
    done = run([str(kubectl), "kustomize", str(overlay)], timeout=60)
    if done.returncode:
        raise Broken(f"{overlay.name}: {done.stderr.strip()[:400]}")
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def variants(kubectl: Path, source: Path, scratch: Path) -> Iterator[tuple[str, list[Resource]]]:
    """Every overlay as it is, and production with components."""
    yield "dev", render(kubectl, source / "overlays" / "dev")
    for components in _CHOICES:
        name = "+".join(("production", *components))
        tree = scratch / name
        shutil.copytree(source, tree)
        yield name, render(kubectl, choose(tree, components))


def both_autoscalers(kubectl: Path, source: Path, scratch: Path) -> bool:
    """Whether production can be rendered with keda and hpa at once."""
    tree = scratch / "both"
    shutil.copytree(source, tree)
    try:
        render(kubectl, choose(tree, ("keda", "hpa")))
    except Broken:
        return False
    return True


def called(resource: Resource) -> str:
    """How it is named in messages."""
    return f"{resource['kind']}/{resource['metadata']['name']}"
