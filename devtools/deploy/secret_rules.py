"""Rules for Secrets in manifests: each pod gets the keys that it needs, and some pods get none."""

from collections.abc import Iterator
from typing import Any

from devtools.deploy.pods import containers, pod_of
from devtools.deploy.render import Resource, resource_name

_WITHOUT_SECRETS = {"Deployment/lag", "Job/topics"}  # they only talk to Kafka
_KAFKA_LOGIN = "parley-kafka"
_WHOLE = {("Deployment/tools", "parley-workspaces")}  # tokens that workspace files name: only their author knows which


def findings(resources: list[Resource]) -> list[str]:
    """Return the violations, one line each."""
    found = []
    for resource, container in containers(resources):
        name = resource_name(resource)
        whole = [one["secretRef"]["name"] for one in container.get("envFrom", ()) if "secretRef" in one]
        found += [f"{name}: gets all keys of {one}" for one in whole if (name, one) not in _WHOLE]
        if name in _WITHOUT_SECRETS:
            given = {*whole, *_keys(container), *_volumes(pod_of(resource) or {})} - {_KAFKA_LOGIN}
            found += [f"{name}: may have no secret but the login at Kafka, and has {one}" for one in sorted(given)]
    return found


def _keys(container: dict[str, Any]) -> Iterator[str]:
    for variable in container.get("env", ()):
        if "secretKeyRef" in variable.get("valueFrom", {}):
            yield variable["valueFrom"]["secretKeyRef"]["name"]


def _volumes(pod: dict[str, Any]) -> Iterator[str]:
    for volume in pod.get("volumes", ()):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources", ()):
            if "secret" in source:
                yield source["secret"]["name"]


def needed_secrets(pod: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each Secret that a pod cannot start without, and the key; an empty key: the whole Secret."""
    for container in pod.get("containers", ()):
        for source in container.get("envFrom", ()):
            if "secretRef" in source and not source["secretRef"].get("optional"):
                yield source["secretRef"]["name"], ""
        for variable in container.get("env", ()):
            reference = variable.get("valueFrom", {}).get("secretKeyRef", {})
            if reference and not reference.get("optional"):
                yield reference["name"], reference["key"]
    for volume in pod.get("volumes", ()):
        if "secret" in volume and not volume["secret"].get("optional"):
            for item in volume["secret"].get("items", ()):
                yield volume["secret"]["secretName"], item["key"]
