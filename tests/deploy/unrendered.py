"""Manifests read without kustomize, for rules that need no installed tool."""

from pathlib import Path
from typing import Any

import yaml

from devtools.deploy.render import Resource

PROJECT = Path(__file__).parents[2]
K8S = PROJECT / "deploy" / "k8s"


def resources_in(*folders: str) -> list[Resource]:
    """Return the resources of these folders of deploy/k8s, with the namespace and labels that kustomize adds."""
    resources: list[Resource] = []
    for folder in folders:
        for file in sorted((K8S / folder).rglob("*.yaml")):
            if file.name != "kustomization.yaml":
                resources += [one for one in yaml.safe_load_all(file.read_text()) if one]
    for one in resources:
        if one["kind"] != "Namespace":
            one["metadata"].setdefault("namespace", "parley")
        labels = one["metadata"].setdefault("labels", {})
        for label in ("app.kubernetes.io/component", "app.kubernetes.io/name"):
            labels.setdefault(label, one["metadata"]["name"])
        labels.setdefault("app.kubernetes.io/part-of", "parley")
    return resources


def base_resources() -> list[Resource]:
    """Return the resources of the base, with its ConfigMap."""
    return [*resources_in("base"), config_map()]


def config_map() -> Resource:
    """Return the ConfigMap that kustomize generates from parley.env."""
    lines = (K8S / "base" / "config" / "parley.env").read_text().splitlines()
    data = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named("parley-config"), "data": data}


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "parley"}
