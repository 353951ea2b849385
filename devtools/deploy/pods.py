"""Look up resources, pods, containers and their environment variables in manifests."""

from collections.abc import Iterator
from typing import Any

from devtools.deploy.render import Resource

SERVICES = ("ingress", "router", "ai", "delivery", "console")


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    """Return the resources of the given kinds."""
    return [one for one in resources if one["kind"] in kinds]


def find_resource(resources: list[Resource], kind: str, name: str) -> Resource | None:
    """Return a resource by name, or by a name with a generated hash at its end; None if it does not exist."""
    found = [one for one in of_kind(resources, kind) if one["metadata"]["name"].startswith(name)]
    exact = [one for one in found if one["metadata"]["name"] == name]
    return next(iter(exact or found), None)


def pod_of(resource: Resource) -> dict[str, Any] | None:
    """Return the pod spec of a Deployment, Job, CronJob or StatefulSet; None for other kinds."""
    spec = resource.get("spec") or {}
    if resource["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod = (spec.get("template") or {}).get("spec")
    return pod if isinstance(pod, dict) and "containers" in pod else None


def containers(resources: list[Resource]) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yield each container with the resource that defines its pod."""
    for resource in resources:
        for container in (pod_of(resource) or {}).get("containers", ()):
            yield resource, container


def is_parley_process(container: dict[str, Any]) -> bool:
    """Return whether a container runs a process of Parley, which reads the settings."""
    return bool(container.get("command", [""])[:2] == ["python", "-m"])


def environment(container: dict[str, Any], resources: list[Resource]) -> dict[str, str]:
    """Return the environment of a container; `<secret>` and `<pod>` for values that only the cluster knows."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            config = find_resource(resources, "ConfigMap", source["configMapRef"]["name"]) or {}
            found |= config.get("data", {})
    for entry in container.get("env", ()):
        origin = next(iter(entry.get("valueFrom", {"value": None})))
        found[entry["name"]] = {"value": entry.get("value", ""), "fieldRef": "<pod>"}.get(origin, "<secret>")
    return found


def secrets_of(container: dict[str, Any]) -> set[str]:
    """Return the names of the variables that come from a Secret."""
    return {one["name"] for one in container.get("env", ()) if "secretKeyRef" in one.get("valueFrom", {})}
