"""Finds its way in manifests: pods, containers, and the environment that a container would have."""

from collections.abc import Iterator
from typing import Any

from devtools.deploy.render import Resource

SERVICES = ("ingress", "router", "ai", "delivery")


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    """Those of one kind, or several."""
    return [one for one in resources if one["kind"] in kinds]


def named(resources: list[Resource], kind: str, name: str) -> Resource | None:
    """One of them, if it is there. Generated names have a hash at the end."""
    found = [one for one in of_kind(resources, kind) if one["metadata"]["name"].startswith(name)]
    exact = [one for one in found if one["metadata"]["name"] == name]
    return next(iter(exact or found), None)


def pod_of(resource: Resource) -> dict[str, Any] | None:
    """The pod's spec of whatever makes pods."""
    spec = resource.get("spec") or {}
    if resource["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod = (spec.get("template") or {}).get("spec")
    return pod if isinstance(pod, dict) and "containers" in pod else None


def containers(resources: list[Resource]) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Each container, with what makes its pod."""
    for resource in resources:
        for container in (pod_of(resource) or {}).get("containers", ()):
            yield resource, container


def ours(container: dict[str, Any]) -> bool:
    """Whether it runs one of our processes, which read the settings."""
    return bool(container.get("command", [""])[:2] == ["python", "-m"])


def environment(container: dict[str, Any], resources: list[Resource]) -> dict[str, str]:
    """What is set for it by value or from a ConfigMap; `<secret>` and `<pod>` for what only the cluster knows."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            config = named(resources, "ConfigMap", source["configMapRef"]["name"]) or {}
            found |= config.get("data", {})
    for entry in container.get("env", ()):
        origin = next(iter(entry.get("valueFrom", {"value": None})))
        found[entry["name"]] = {"value": entry.get("value", ""), "fieldRef": "<pod>"}.get(origin, "<secret>")
    return found


def secrets_of(container: dict[str, Any]) -> set[str]:
    """The names of the variables that it has from a Secret."""
    return {one["name"] for one in container.get("env", ()) if "secretKeyRef" in one.get("valueFrom", {})}
