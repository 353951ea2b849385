"""What must hold of every pod of ours, whichever overlay made it: how it is guarded, looked at and ended."""

from collections import Counter
from typing import Any

from devtools.deploy.pods import SERVICES, containers, named, of_kind, pod_of
from devtools.deploy.render import Resource, called
from devtools.deploy.settings_rules import settings_of
from shared.settings import Settings
from shared.topics import TOPICS

_PROBES = {
    "startupProbe": "/health/ready",  # configuration valid, first assignment done
    "livenessProbe": "/health/live",
    "readinessProbe": "/health/ready",
}
_START_LIMIT = 90  # seconds that a process itself waits for its dependencies
_REQUESTS_END = 10  # seconds that ingress gives to requests that have begun
_NAMESPACE = "parley"


def findings(resources: list[Resource]) -> list[str]:
    """What is wrong, a line each."""
    settings = settings_of(resources)
    found = [f"{called(one)} is not in the namespace {_NAMESPACE}" for one in resources if _astray(one)]
    for service in SERVICES:
        deployment = named(resources, "Deployment", service)
        if deployment is None:
            found.append(f"there is no Deployment/{service}")
        else:
            found += [f"Deployment/{service}: {line}" for line in _of_service(service, deployment, settings)]
    found += _labels(resources) + _unguarded(resources)
    return found + _autoscaling(resources, settings) + _references(resources) + _address(resources, settings)


def _astray(resource: Resource) -> bool:
    return bool(resource["kind"] != "Namespace" and resource["metadata"].get("namespace") != _NAMESPACE)


def _labels(resources: list[Resource]) -> list[str]:
    """The guide applies topics before services by this label; a component's `labels` would change it everywhere."""
    label, parts = "app.kubernetes.io/component", (*SERVICES, "topics", "tools", "mongodb-backup")
    return [
        f"{called(one)}: {label} is not {one['metadata']['name']}"
        for one in of_kind(resources, "Deployment", "Job", "CronJob")
        if one["metadata"]["name"] in parts and one["metadata"].get("labels", {}).get(label) != one["metadata"]["name"]
    ]


def _of_service(service: str, deployment: Resource, settings: Settings) -> list[str]:
    spec, pod = deployment["spec"], pod_of(deployment) or {}
    container = pod["containers"][0]
    found = []
    if container.get("command") != ["python", "-m", f"services.{service}"]:
        found.append("does not run its service")
    if spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
        found.append("maxUnavailable must be 0")
    if spec.get("minReadySeconds", 0) <= settings.session_timeout:
        found.append("minReadySeconds must be above SESSION_TIMEOUT")
    if len(pod.get("topologySpreadConstraints", ())) < 2:
        found.append("is not spread over zones and nodes")
    return found + _probes(container, settings) + _end(service, pod, container, settings)


def _probes(container: dict[str, Any], settings: Settings) -> list[str]:
    ports = {port.get("name"): port["containerPort"] for port in container.get("ports", ())}
    found = [] if ports.get("ops") == settings.ops_port else ["the port ops is not OPS_PORT"]
    for name, path in _PROBES.items():
        asked = container.get(name, {}).get("httpGet", {})
        if asked != {"path": path, "port": "ops"}:
            found.append(f"{name} must ask {path} on the port ops")
    start = container.get("startupProbe", {})
    if start.get("periodSeconds", 10) * start.get("failureThreshold", 3) <= _START_LIMIT:
        found.append(f"startupProbe must allow more than the {_START_LIMIT} s that a start may wait")
    return found


def _end(service: str, pod: dict[str, Any], container: dict[str, Any], settings: Settings) -> list[str]:
    grace = pod.get("terminationGracePeriodSeconds", 30)
    if service == "ingress":
        wait = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        return [] if wait and grace > wait + _REQUESTS_END else ["the grace period must be above preStop and 10 s"]
    longest = max(settings.rebalance_timeout, settings.drain_timeout, settings.ai_deadline, settings.send_timeout)
    return [] if grace > longest else [f"the grace period must be above {longest:g} s"]


def _unguarded(resources: list[Resource]) -> list[str]:
    found = []
    for resource, container in containers(resources):
        if resource["kind"] == "StatefulSet":  # the stores of the overlay dev
            continue
        pod, guard = pod_of(resource) or {}, container.get("securityContext", {})
        good = (
            pod.get("automountServiceAccountToken") is False
            and pod.get("securityContext", {}).get("runAsNonRoot") is True
            and isinstance(pod["securityContext"].get("runAsUser"), int)
            and guard.get("readOnlyRootFilesystem") is True
            and guard.get("allowPrivilegeEscalation") is False
            and guard.get("capabilities") == {"drop": ["ALL"]}
        )
        limits = container.get("resources", {})
        if not good:
            found.append(f"{called(resource)}: {container['name']} is not hardened")
        if not {"cpu", "memory"} <= limits.get("requests", {}).keys() & limits.get("limits", {}).keys():
            found.append(f"{called(resource)}: {container['name']} lacks requests or limits")
    return found


def _autoscaling(resources: list[Resource], settings: Settings) -> list[str]:
    scalers = of_kind(resources, "ScaledObject", "HorizontalPodAutoscaler")
    targets = Counter(one["spec"]["scaleTargetRef"]["name"] for one in scalers)
    found = [f"Deployment/{name} has {count} autoscalers" for name, count in targets.items() if count > 1]
    for one in scalers:
        spec, name = one["spec"], one["spec"]["scaleTargetRef"]["name"]
        most, partitions = spec.get("maxReplicaCount", spec.get("maxReplicas", 100)), partitions_of(name)
        if most > partitions:
            found.append(f"{called(one)}: {most} replicas for {partitions} partitions")
        if "replicas" in (named(resources, "Deployment", name) or {"spec": {}})["spec"]:
            found.append(f"Deployment/{name} says its replicas, and an autoscaler too")
        found += [f"{called(one)}: {line}" for line in _getting_in(spec, settings)]
    return found


def _getting_in(spec: dict[str, Any], settings: Settings) -> list[str]:
    """KEDA speaks to Kafka itself. What it is not told, it does not find out: it would never see any lag."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return []
    lags = [trigger for trigger in spec.get("triggers", ()) if trigger["type"] == "kafka"]
    closed = [trigger["metadata"]["topic"] for trigger in lags if "authenticationRef" not in trigger]
    return [f"KEDA is not let into Kafka for the lag of {topic}" for topic in closed]


def partitions_of(service: str) -> int:
    """The most of a topic that a service reads: more replicas stand idle; for one that reads none, as many as one
    likes.
    """
    return max((topic.partitions for topic in TOPICS.values() if service in topic.consumers), default=10_000)


def _references(resources: list[Resource]) -> list[str]:
    """ServiceAccounts, and Services of Ingresses, that pods and rules name and nobody made."""
    found = []
    for resource in resources:
        account = (pod_of(resource) or {}).get("serviceAccountName")
        if account and named(resources, "ServiceAccount", account) is None:
            found.append(f"{called(resource)}: there is no ServiceAccount/{account}")
    return found


def _address(resources: list[Resource], settings: Settings) -> list[str]:
    """Twilio signs PUBLIC_BASE_URL: it must be the address under which the Ingress is reached."""
    return [
        f"{called(one)}: the host {rule['host']} is not that of PUBLIC_BASE_URL"
        for one in of_kind(resources, "Ingress")
        for rule in one["spec"]["rules"]
        if settings.public_base_url != f"https://{rule['host']}"
    ]
