"""Mistakes on purpose: each must be found, or the verification verifies nothing."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from devtools.deploy.pods import named, pod_of
from devtools.deploy.render import Resource


@dataclass(frozen=True, slots=True)
class Mutation:
    """found_by: core, custom, settings or pods; the check that must find it. Made on production with keda and all."""

    label: str
    found_by: str
    change: Callable[[list[Resource]], object]

    def made(self, resources: list[Resource]) -> list[Resource]:
        """A copy with the mistake."""
        changed = deepcopy(resources)
        self.change(changed)
        return changed


def _get(resources: list[Resource], kind: str, name: str) -> Any:
    found = named(resources, kind, name)
    assert found is not None, f"{kind}/{name}"  # noqa: S101 - a mutation of what is not there
    return found


def _container(resources: list[Resource], name: str = "router") -> Any:
    return (pod_of(_get(resources, "Deployment", name)) or {})["containers"][0]


def _config(resources: list[Resource]) -> Any:
    return _get(resources, "ConfigMap", "parley-config")["data"]


def _scaled(resources: list[Resource], name: str = "ai") -> Any:
    return _get(resources, "ScaledObject", name)["spec"]


def _rename(mapping: dict[str, Any], old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def _second_scaler(resources: list[Resource]) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "ai"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4}
    metadata = {"name": "ai", "namespace": "parley"}
    resources.append(
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec}
    )


def _without_password(resources: list[Resource]) -> None:
    _config(resources).update(KAFKA_SECURITY_PROTOCOL="SASL_SSL")
    container = _container(resources, "ai")
    container["env"] = [one for one in container["env"] if one["name"] != "KAFKA_SASL_PASSWORD"]


def _outside_of_kafka(resources: list[Resource]) -> None:
    _config(resources).update(KAFKA_SECURITY_PROTOCOL="SASL_SSL")
    _scaled(resources, "delivery")["triggers"][-1].pop("authenticationRef", None)


def _variable(resources: list[Resource], service: str, name: str) -> Any:
    return next(one for one in _container(resources, service)["env"] if one["name"] == name)


MUTATIONS = (
    Mutation(
        "a field of a probe with a typo",
        "core",
        lambda r: _rename(_container(r)["livenessProbe"], "periodSeconds", "periodSecond"),
    ),
    Mutation(
        "a number where a text belongs",
        "core",
        lambda r: _get(r, "Service", "router")["spec"]["ports"][0].update(name=7),
    ),
    Mutation(
        "an API version that is gone",
        "core",
        lambda r: _get(r, "PodDisruptionBudget", "ai").update(apiVersion="policy/v1beta1"),
    ),
    Mutation("a kind that nobody knows", "core", lambda r: _get(r, "Deployment", "ai").update(kind="Deploymnt")),
    Mutation(
        "a field of KEDA with a typo", "custom", lambda r: _rename(_scaled(r), "maxReplicaCount", "maxReplicasCount")
    ),
    Mutation(
        "a threshold that is no text",
        "custom",
        lambda r: _scaled(r)["triggers"][0]["metadata"].update(lagThreshold=300),
    ),
    Mutation(
        "a ServiceMonitor without endpoints",
        "custom",
        lambda r: _get(r, "ServiceMonitor", "parley")["spec"].pop("endpoints"),
    ),
    Mutation(
        "an external secret kept by nobody",
        "custom",
        lambda r: _get(r, "ExternalSecret", "parley")["spec"]["target"].update(creationPolicy="Nobody"),
    ),
    Mutation("a setting that does not exist", "settings", lambda r: _config(r).update(LANE="400")),
    Mutation("a setting that no process takes", "settings", lambda r: _config(r).update(DRAIN_TIMEOUT="50")),
    Mutation("a required setting that is missing", "settings", lambda r: _config(r).pop("KAFKA_BOOTSTRAP_SERVERS")),
    Mutation("a password of Kafka that is missing", "settings", _without_password),
    Mutation("a secret that is missing", "settings", lambda r: _container(r, "ai")["env"].pop(1)),
    Mutation(
        "a secret that is not needed",
        "settings",
        lambda r: _container(r)["env"].append(_variable(r, "ai", "ANTHROPIC_API_KEY")),
    ),
    Mutation(
        "a grace period below the drain",
        "pods",
        lambda r: (pod_of(_get(r, "Deployment", "ai")) or {}).update(terminationGracePeriodSeconds=30),
    ),
    Mutation(
        "a liveness that asks dependencies",
        "pods",
        lambda r: _container(r)["livenessProbe"]["httpGet"].update(path="/health/ready"),
    ),
    Mutation("more replicas than partitions", "pods", lambda r: _scaled(r).update(maxReplicaCount=13)),
    Mutation(
        "an autoscaler that does not get into Kafka",
        "pods",
        _outside_of_kafka,
    ),
    Mutation("two autoscalers for one Deployment", "pods", _second_scaler),
    Mutation(
        "a container that may write",
        "pods",
        lambda r: _container(r)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    Mutation(
        "an update that takes pods away",
        "pods",
        lambda r: _get(r, "Deployment", "ai")["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    ),
    Mutation(
        "another host than Twilio signs",
        "pods",
        lambda r: _config(r).update(PUBLIC_BASE_URL="https://other.example.com"),
    ),
    Mutation(
        "a resource in another namespace", "pods", lambda r: _get(r, "Service", "ai")["metadata"].pop("namespace")
    ),
    Mutation("limits that are missing", "pods", lambda r: _container(r)["resources"].pop("limits")),
    Mutation(
        "a component that labels what is not its own",
        "pods",
        lambda r: _get(r, "Deployment", "ai")["metadata"]["labels"].update({"app.kubernetes.io/component": "tools"}),
    ),
)


def privileged(resources: list[Resource]) -> list[Resource]:
    """A copy in which one container may do all on its node: for checkov."""
    changed = deepcopy(resources)
    _container(changed)["securityContext"]["privileged"] = True
    return changed
