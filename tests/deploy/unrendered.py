"""Manifests as they are written, without kustomize: enough for our own rules where no tool can be installed."""

from pathlib import Path
from typing import Any

import yaml

from devtools.deploy.render import Resource

PROJECT = Path(__file__).parents[2]
K8S = PROJECT / "deploy" / "k8s"


def resources_in(*folders: str) -> list[Resource]:
    """All resources of these folders below deploy/k8s, with the namespace and the label that kustomize gives them."""
    resources: list[Resource] = []
    for folder in folders:
        for file in sorted((K8S / folder).rglob("*.yaml")):
            if file.name != "kustomization.yaml":
                resources += [one for one in yaml.safe_load_all(file.read_text()) if one]
    for one in resources:
        if one["kind"] != "Namespace":
            one["metadata"].setdefault("namespace", "parley")
        labels = one["metadata"].setdefault("labels", {})
        labels.setdefault("app.kubernetes.io/component", one["metadata"]["name"])
    return resources


def base_resources() -> list[Resource]:
    """The base, with its ConfigMap."""
    return [*resources_in("base"), config_map()]


def config_map() -> Resource:
    """As kustomize makes it from parley.env."""
    lines = (K8S / "base" / "config" / "parley.env").read_text().splitlines()
    data = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named("parley-config"), "data": data}


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "parley"}
