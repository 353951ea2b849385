"""Render manifests with kustomize: each overlay, and production with combinations of components."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run

Resource = dict[str, Any]

COMPONENTS = ("keda", "hpa", "keda-kafka-tls", "monitoring", "external-secrets", "backup", "sentry")
_PLAINTEXT = "without kafka-tls"
_ALL = ("monitoring", "external-secrets", "backup", "sentry")
_FULLEST = ("keda", "keda-kafka-tls", *_ALL)
FULLEST = "+".join(("production", *_FULLEST))
_COMBINATIONS = ((), ("keda", "keda-kafka-tls"), ("hpa",), _FULLEST, ("hpa", *_ALL))


def copy_manifests(source: Path, folder: Path) -> Path:
    """Copy deploy/k8s, and the dashboards beside it that a component refers to, into a folder; return the copy."""
    for one in (source, source.parent / "grafana"):
        shutil.copytree(one, folder / one.name)
    return folder / source.name


def enable_components(tree: Path, components: tuple[str, ...]) -> Path:
    """Uncomment these components in the production overlay; return its folder."""
    overlay = tree / "overlays" / "production"
    file = overlay / "kustomization.yaml"
    text = file.read_text()
    for name in components:
        if f"  # - ../../components/{name} " not in text:
            raise CheckFailed(f"{file.name} of production does not offer the component {name}")
        text = text.replace(f"  # - ../../components/{name} ", f"  - ../../components/{name} ")
    file.write_text(text)
    return overlay


def render(kubectl: Path, overlay: Path) -> list[Resource]:
    """Return the resources of an overlay. Raises CheckFailed with the error of kustomize."""
    done = run([str(kubectl), "kustomize", str(overlay)], timeout=60)
    if done.returncode:
        raise CheckFailed(f"{overlay.name}: {done.stderr.strip()[:400]}")
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def variants(kubectl: Path, source: Path, scratch: Path) -> Iterator[tuple[str, list[Resource]]]:
    """Yield name and resources of each overlay, of production with each combination of components, and without TLS."""
    yield "dev", render(kubectl, source / "overlays" / "dev")
    for components in _COMBINATIONS:
        name = "+".join(("production", *components))
        tree = copy_manifests(source, scratch / name)
        yield name, render(kubectl, enable_components(tree, components))
    tree = copy_manifests(source, scratch / _PLAINTEXT)
    yield f"production+keda, {_PLAINTEXT}", render(kubectl, _without_tls(enable_components(tree, ("keda",))))


def _without_tls(overlay: Path) -> Path:
    file = overlay / "kustomization.yaml"
    file.write_text(re.sub(r"^  - \.\./\.\./components/kafka-tls .*\n", "", file.read_text(), flags=re.MULTILINE))
    return overlay


def renders_with_both_autoscalers(kubectl: Path, source: Path, scratch: Path) -> bool:
    """Return whether production renders with keda and hpa together, which must fail."""
    tree = copy_manifests(source, scratch / "both")
    try:
        render(kubectl, enable_components(tree, ("keda", "hpa")))
    except CheckFailed:
        return False
    return True


def resource_name(resource: Resource) -> str:
    """Return `kind/name`, for messages."""
    return f"{resource['kind']}/{resource['metadata']['name']}"
