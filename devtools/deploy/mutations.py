"""Mutations of the manifests, each a mistake that a check must detect."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from devtools.deploy.pods import find_resource, pod_of
from devtools.deploy.render import Resource


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mistake in the manifests, made on purpose. found_by: the check that must detect it: core, custom, settings,
    pods, secrets or monitoring.

    Applied to the variant FULLEST.
    """

    label: str
    found_by: str
    change: Callable[[list[Resource]], object]

    def apply(self, resources: list[Resource]) -> list[Resource]:
        """Return a copy of the resources with the mistake."""
        changed = deepcopy(resources)
        self.change(changed)
        return changed


def _get(resources: list[Resource], kind: str, name: str) -> Any:
    found = find_resource(resources, kind, name)
    assert found is not None, f"{kind}/{name}"  # noqa: S101 - the mutation would change nothing
    return found


def _container(resources: list[Resource], name: str = "router") -> Any:
    return (pod_of(_get(resources, "Deployment", name)) or {})["containers"][0]


def _pod(resources: list[Resource], kind: str, name: str) -> Any:
    return pod_of(_get(resources, kind, name))


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


def _scaler_without_kafka_authentication(resources: list[Resource]) -> None:
    _config(resources).update(KAFKA_SECURITY_PROTOCOL="SASL_SSL")
    _scaled(resources, "delivery")["triggers"][-1].pop("authenticationRef", None)


def _variable(resources: list[Resource], service: str, name: str) -> Any:
    return next(one for one in _container(resources, service)["env"] if one["name"] == name)


def _mount_secret_without_group(pod: Any) -> None:
    pod["volumes"].append({"name": "certificates", "secret": {"secretName": "parley-kafka"}})
    del pod["securityContext"]["fsGroup"]


MUTATIONS = (
    Mutation(
        "misspelt field of a probe",
        "core",
        lambda r: _rename(_container(r)["livenessProbe"], "periodSeconds", "periodSecond"),
    ),
    Mutation(
        "number instead of a string",
        "core",
        lambda r: _get(r, "Service", "router")["spec"]["ports"][0].update(name=7),
    ),
    Mutation(
        "removed API version",
        "core",
        lambda r: _get(r, "PodDisruptionBudget", "ai").update(apiVersion="policy/v1beta1"),
    ),
    Mutation("unknown kind", "core", lambda r: _get(r, "Deployment", "ai").update(kind="Deploymnt")),
    Mutation(
        "misspelt field of a ScaledObject",
        "custom",
        lambda r: _rename(_scaled(r), "maxReplicaCount", "maxReplicasCount"),
    ),
    Mutation(
        "threshold that is not a string",
        "custom",
        lambda r: _scaled(r)["triggers"][0]["metadata"].update(lagThreshold=300),
    ),
    Mutation(
        "ServiceMonitor without endpoints",
        "custom",
        lambda r: _get(r, "ServiceMonitor", "parley")["spec"].pop("endpoints"),
    ),
    Mutation(
        "invalid creation policy of an ExternalSecret",
        "custom",
        lambda r: _get(r, "ExternalSecret", "parley")["spec"]["target"].update(creationPolicy="Nobody"),
    ),
    Mutation(
        "series with the name of each Service as their job",
        "monitoring",
        lambda r: _get(r, "ServiceMonitor", "parley")["spec"].pop("jobLabel"),
    ),
    Mutation(
        "service that is not scraped",
        "monitoring",
        lambda r: _get(r, "ServiceMonitor", "parley")["spec"]["selector"]["matchExpressions"][0]["values"].remove("ai"),
    ),
    Mutation(
        "rules that the operator's chart does not select",
        "monitoring",
        lambda r: _get(r, "PrometheusRule", "parley")["metadata"].pop("labels"),
    ),
    Mutation("unknown setting", "settings", lambda r: _config(r).update(LANE="400")),
    Mutation("invalid combination of settings", "settings", lambda r: _config(r).update(DRAIN_TIMEOUT="50")),
    Mutation("missing required setting", "settings", lambda r: _config(r).pop("KAFKA_BOOTSTRAP_SERVERS")),
    Mutation("missing Kafka password", "settings", _without_password),
    Mutation("missing secret", "settings", lambda r: _container(r, "ai")["env"].pop(1)),
    Mutation(
        "unneeded secret",
        "settings",
        lambda r: _container(r)["env"].append(_variable(r, "ai", "ANTHROPIC_API_KEY")),
    ),
    Mutation(
        "secret in the lag exporter",
        "secrets",
        lambda r: _container(r, "lag").update(env=[_variable(r, "router", "SENTRY_DSN")]),
    ),
    Mutation(
        "Secret as a volume of the topics Job",
        "secrets",
        lambda r: _pod(r, "Job", "topics")["volumes"].append(
            {"name": "secrets", "secret": {"secretName": "parley-secrets"}}
        ),
    ),
    Mutation(
        "Secret as a whole",
        "secrets",
        lambda r: _container(r)["envFrom"].append({"secretRef": {"name": "parley-secrets"}}),
    ),
    Mutation(
        "Secret of all services as a whole in the tools pod",
        "secrets",
        lambda r: _container(r, "tools")["envFrom"].append({"secretRef": {"name": "parley-secrets"}}),
    ),
    Mutation(
        "model key in the tools pod",
        "settings",
        lambda r: _container(r, "tools")["env"].append(_variable(r, "ai", "ANTHROPIC_API_KEY")),
    ),
    Mutation(
        "tools pod without the key of stored secrets",
        "settings",
        lambda r: _container(r, "tools")["env"].remove(_variable(r, "tools", "SECRETS_KEY")),
    ),
    Mutation(
        "pod that cannot read the certificates of its Secret",
        "pods",
        lambda r: _mount_secret_without_group(_pod(r, "Job", "topics")),
    ),
    Mutation(
        "grace period shorter than the drain",
        "pods",
        lambda r: (pod_of(_get(r, "Deployment", "ai")) or {}).update(terminationGracePeriodSeconds=30),
    ),
    Mutation(
        "liveness probe that depends on other systems",
        "pods",
        lambda r: _container(r)["livenessProbe"]["httpGet"].update(path="/health/ready"),
    ),
    Mutation(
        "grace period of the console without the time of preStop",
        "pods",
        lambda r: _pod(r, "Deployment", "console").update(terminationGracePeriodSeconds=50),
    ),
    Mutation(
        "autoscaler that is applied before its Deployment",
        "pods",
        lambda r: _get(r, "ScaledObject", "ingress")["metadata"]["labels"].pop("app.kubernetes.io/component"),
    ),
    Mutation("autoscaler that has nothing to scale by", "pods", lambda r: _scaled(r)["triggers"].clear()),
    Mutation(
        "fallback that some versions of KEDA refuse", "pods", lambda r: _scaled(r)["triggers"][0].pop("metricType")
    ),
    Mutation("more replicas than partitions", "pods", lambda r: _scaled(r).update(maxReplicaCount=13)),
    Mutation(
        "autoscaler without Kafka authentication",
        "pods",
        _scaler_without_kafka_authentication,
    ),
    Mutation("two autoscalers for one Deployment", "pods", _second_scaler),
    Mutation(
        "container with a writable file system",
        "pods",
        lambda r: _container(r)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    Mutation(
        "rolling update that removes pods first",
        "pods",
        lambda r: _get(r, "Deployment", "ai")["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    ),
    Mutation(
        "host of a route that differs from PUBLIC_BASE_URL",
        "pods",
        lambda r: _config(r).update(PUBLIC_BASE_URL="https://other.example.com"),
    ),
    Mutation(
        "autoscaler that compares CPU with the request",
        "pods",
        lambda r: _scaled(r, "ingress")["triggers"][0].update(metricType="Utilization", metadata={"value": "70"}),
    ),
    Mutation("resource in another namespace", "pods", lambda r: _get(r, "Service", "ai")["metadata"].pop("namespace")),
    Mutation(
        "old pods counted in the spread of a new version",
        "pods",
        lambda r: _pod(r, "Deployment", "ai")["topologySpreadConstraints"][0].pop("matchLabelKeys"),
    ),
    Mutation(
        "pods that are spread over nodes only",
        "pods",
        lambda r: _pod(r, "Deployment", "ai")["topologySpreadConstraints"][0].update(
            topologyKey="kubernetes.io/hostname"
        ),
    ),
    Mutation("router without its priority", "pods", lambda r: _pod(r, "Deployment", "router").pop("priorityClassName")),
    Mutation(
        "console with the priority of those it waits for",
        "pods",
        lambda r: _pod(r, "Deployment", "console").update(priorityClassName="parley-answers"),
    ),
    Mutation("missing priority class", "pods", lambda r: r.remove(_get(r, "PriorityClass", "parley-answers"))),
    Mutation(
        "DNS cache of nodes that pods may not ask",
        "pods",
        lambda r: _get(r, "NetworkPolicy", "dns")["spec"]["egress"][0]["to"].pop(1),
    ),
    Mutation(
        "DNS over UDP only",
        "pods",
        lambda r: _get(r, "NetworkPolicy", "dns")["spec"]["egress"][0]["ports"].pop(1),
    ),
    Mutation("missing resource limits", "pods", lambda r: _container(r)["resources"].pop("limits")),
    Mutation(
        "component label on another component's resource",
        "pods",
        lambda r: _get(r, "Deployment", "ai")["metadata"]["labels"].update({"app.kubernetes.io/component": "tools"}),
    ),
)


def privileged(resources: list[Resource]) -> list[Resource]:
    """Return a copy with one privileged container, for checkov."""
    changed = deepcopy(resources)
    _container(changed)["securityContext"]["privileged"] = True
    return changed
