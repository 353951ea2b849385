"""Rules for Parley's pods in every overlay: hardening, probes, grace periods, autoscaling."""

from collections import Counter
from typing import Any

from devtools.deploy.pods import SERVICES, containers, find_resource, of_kind, pod_of
from devtools.deploy.render import Resource, resource_name
from devtools.deploy.settings_rules import settings_of
from shared.settings import Settings
from shared.topics import TOPICS

_PROBES = {
    "startupProbe": "/health/ready",  # settings valid, first partitions assigned
    "livenessProbe": "/health/live",
    "readinessProbe": "/health/ready",
}
_START_LIMIT = 90  # seconds that a starting process waits for its dependencies
_REQUESTS_END = 10  # seconds in which ingress and the console finish running requests
_NAMESPACE = "parley"
_CLUSTER_WIDE = ("Namespace", "PriorityClass")
_SPREAD_OVER = {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
_PRIORITY = "parley-answers"
_ANSWERING = ("ingress", "router", "ai", "delivery")  # people at the console wait for these
_DNS_CACHE = {"ipBlock": {"cidr": "169.254.20.10/32"}}  # NodeLocal DNSCache: an address of the node, in no namespace
_DNS_PORTS = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
_AUTOSCALERS = ("ScaledObject", "HorizontalPodAutoscaler")
_CPU_TARGETS = ("500m", "600m", "700m", "800m")  # of the one core that a process can use


def findings(resources: list[Resource]) -> list[str]:
    """Return the violations, one line each."""
    settings = settings_of(resources)
    misplaced = filter(_in_wrong_namespace, resources)
    found = [f"{resource_name(one)} is not in the namespace {_NAMESPACE}" for one in misplaced]
    for service in SERVICES:
        deployment = find_resource(resources, "Deployment", service)
        if deployment is None:
            found.append(f"there is no Deployment/{service}")
        else:
            found += [f"Deployment/{service}: {line}" for line in _service_findings(service, deployment, settings)]
    if find_resource(resources, "PriorityClass", _PRIORITY) is None:
        found.append(f"there is no PriorityClass/{_PRIORITY}")
    found += _name_resolution(resources) + _labels(resources) + _hardening(resources) + _unreadable_secrets(resources)
    return found + _autoscaling(resources, settings) + _references(resources) + _public_host(resources, settings)


def _in_wrong_namespace(resource: Resource) -> bool:
    return resource["kind"] not in _CLUSTER_WIDE and resource["metadata"].get("namespace") != _NAMESPACE


def _labels(resources: list[Resource]) -> list[str]:
    """Check the label by which the guide applies topics before services; a component's `labels` could change it.

    An autoscaler comes with its Deployment: KEDA refuses one for a Deployment that does not exist.
    """
    label, parts = "app.kubernetes.io/component", (*SERVICES, "topics", "tools", "backup")
    kinds = ("Deployment", "Job", "CronJob", *_AUTOSCALERS)
    return [
        f"{resource_name(one)}: {label} is not {one['metadata']['name']}"
        for one in of_kind(resources, *kinds)
        if one["metadata"]["name"] in parts and one["metadata"].get("labels", {}).get(label) != one["metadata"]["name"]
    ]


def _service_findings(service: str, deployment: Resource, settings: Settings) -> list[str]:
    spec, pod = deployment["spec"], pod_of(deployment) or {}
    container = pod["containers"][0]
    found = []
    if container.get("command") != ["python", "-m", f"services.{service}"]:
        found.append("does not run its service")
    if spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
        found.append("maxUnavailable must be 0")
    if spec.get("minReadySeconds", 0) <= settings.session_timeout:
        found.append("minReadySeconds must be above SESSION_TIMEOUT")
    return (
        found
        + _placement(service, pod)
        + _probes(container, settings)
        + _grace_period(service, pod, container, settings)
    )


def _placement(service: str, pod: dict[str, Any]) -> list[str]:
    """Check that a version's pods are spread by themselves, and that services which answer customers get room first."""
    spread = pod.get("topologySpreadConstraints", ())
    found = [] if {one["topologyKey"] for one in spread} == _SPREAD_OVER else ["is not spread over zones and nodes"]
    if any(one.get("matchLabelKeys") != ["pod-template-hash"] for one in spread):
        found.append("old pods count in the spread of a new version: matchLabelKeys must be [pod-template-hash]")
    wanted = _PRIORITY if service in _ANSWERING else None
    if pod.get("priorityClassName") != wanted:
        found.append(f"the priority class must be {wanted}")
    return found


def _probes(container: dict[str, Any], settings: Settings) -> list[str]:
    ports = {port.get("name"): port["containerPort"] for port in container.get("ports", ())}
    found = [] if ports.get("ops") == settings.ops_port else ["the port ops is not OPS_PORT"]
    for name, path in _PROBES.items():
        target = container.get(name, {}).get("httpGet", {})
        if target != {"path": path, "port": "ops"}:
            found.append(f"{name} must get {path} on the port ops")
    start = container.get("startupProbe", {})
    if start.get("periodSeconds", 10) * start.get("failureThreshold", 3) <= _START_LIMIT:
        found.append(f"startupProbe must allow more than the {_START_LIMIT} s that a start may take")
    return found


def _grace_period(service: str, pod: dict[str, Any], container: dict[str, Any], settings: Settings) -> list[str]:
    """Check that the grace period, which begins with preStop, has time for what a process finishes after SIGTERM."""
    grace = pod.get("terminationGracePeriodSeconds", 30)
    wait = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    longest = max(settings.rebalance_timeout, settings.drain_timeout, settings.ai_deadline, settings.send_timeout)
    longest = _REQUESTS_END if service == "ingress" else longest
    found = [] if grace > wait + longest else [f"the grace period must be above preStop and {longest:g} s"]
    if service in ("ingress", "console") and not wait:
        found.append("preStop must wait until no proxy sends new requests")
    return found


def _hardening(resources: list[Resource]) -> list[str]:
    found = []
    for resource, container in containers(resources):
        if resource["kind"] == "StatefulSet":  # the stores of the overlay dev
            continue
        pod, context = pod_of(resource) or {}, container.get("securityContext", {})
        hardened = (
            pod.get("automountServiceAccountToken") is False
            and pod.get("securityContext", {}).get("runAsNonRoot") is True
            and isinstance(pod["securityContext"].get("runAsUser"), int)
            and context.get("readOnlyRootFilesystem") is True
            and context.get("allowPrivilegeEscalation") is False
            and context.get("capabilities") == {"drop": ["ALL"]}
        )
        limits = container.get("resources", {})
        if not hardened:
            found.append(f"{resource_name(resource)}: {container['name']} is not hardened")
        if not {"cpu", "memory"} <= limits.get("requests", {}).keys() & limits.get("limits", {}).keys():
            found.append(f"{resource_name(resource)}: {container['name']} lacks requests or limits")
    return found


def _unreadable_secrets(resources: list[Resource]) -> list[str]:
    """Check that a pod's group may read its Secrets' files: they belong to root, and not everybody may read them."""
    return [
        f"{resource_name(one)}: without fsGroup it cannot read the files of its Secret"
        for one in resources
        if (pod := pod_of(one)) and any("secret" in volume for volume in pod.get("volumes", ()))
        if "fsGroup" not in pod.get("securityContext", {})
    ]


def _autoscaling(resources: list[Resource], settings: Settings) -> list[str]:
    scalers = of_kind(resources, *_AUTOSCALERS)
    targets = Counter(one["spec"]["scaleTargetRef"]["name"] for one in scalers)
    found = [f"Deployment/{name} has {count} autoscalers" for name, count in targets.items() if count > 1]
    for one in scalers:
        spec, name = one["spec"], one["spec"]["scaleTargetRef"]["name"]
        most, partitions = spec.get("maxReplicaCount", spec.get("maxReplicas", 100)), partitions_of(name)
        if most > partitions:
            found.append(f"{resource_name(one)}: {most} replicas for {partitions} partitions")
        if "replicas" in (find_resource(resources, "Deployment", name) or {"spec": {}})["spec"]:
            found.append(f"Deployment/{name} sets replicas although it has an autoscaler")
        lines = _keda_authentication(spec, settings) + _scaled_by(spec) + _fallback(spec)
        found += [f"{resource_name(one)}: {line}" for line in lines]
    return found


def _scaled_by(spec: dict[str, Any]) -> list[str]:
    """Check that there is something to scale by, and that CPU is compared with what a process can use; a share of its
    request would be a small part of that.
    """
    if not (spec.get("metrics") or spec.get("triggers")):
        return ["there is nothing to scale by"]
    metrics = [one["resource"]["target"] for one in spec.get("metrics", ()) if one["type"] == "Resource"]
    targets = [one.get("averageValue") for one in metrics]
    triggers = [one for one in spec.get("triggers", ()) if one["type"] == "cpu"]
    targets += [one["metadata"]["value"] if one.get("metricType") == "AverageValue" else None for one in triggers]
    return [] if set(targets) <= set(_CPU_TARGETS) else [f"the CPU target must be one of {', '.join(_CPU_TARGETS)}"]


def _fallback(spec: dict[str, Any]) -> list[str]:
    """Check what `fallback` needs: some versions of KEDA refuse it unless each trigger names its metricType."""
    types = {one.get("metricType") for one in spec.get("triggers", ())}
    return ["fallback needs the metricType AverageValue"] if "fallback" in spec and types != {"AverageValue"} else []


def _keda_authentication(spec: dict[str, Any], settings: Settings) -> list[str]:
    """Check that KEDA can log in to Kafka: without credentials it would never see any lag."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return []
    lags = [trigger for trigger in spec.get("triggers", ()) if trigger["type"] == "kafka"]
    unauthenticated = [trigger["metadata"]["topic"] for trigger in lags if "authenticationRef" not in trigger]
    return [f"KEDA cannot log in to Kafka for the lag of {topic}" for topic in unauthenticated]


def partitions_of(service: str) -> int:
    """Return the largest number of partitions of a topic that a service consumes; more replicas would be idle.

    10,000 for a service that consumes nothing.
    """
    return max((topic.partitions for topic in TOPICS.values() if service in topic.consumers), default=10_000)


def _name_resolution(resources: list[Resource]) -> list[str]:
    """Check that all pods may ask the cluster's DNS and the cache on their node."""
    policy = find_resource(resources, "NetworkPolicy", "dns") or {"spec": {}}
    rule: dict[str, Any] = next(iter(policy["spec"].get("egress", ())), {})
    reached = rule.get("ports") == _DNS_PORTS and any("namespaceSelector" in one for one in rule.get("to", ()))
    found = (
        []
        if policy["spec"].get("podSelector") == {} and reached
        else ["NetworkPolicy/dns: not all pods may ask the DNS"]
    )
    return (
        found if _DNS_CACHE in rule.get("to", ()) else [*found, "NetworkPolicy/dns: the DNS cache of nodes is left out"]
    )


def _references(resources: list[Resource]) -> list[str]:
    """Check that the ServiceAccounts of pods exist."""
    found = []
    for resource in resources:
        account = (pod_of(resource) or {}).get("serviceAccountName")
        if account and find_resource(resources, "ServiceAccount", account) is None:
            found.append(f"{resource_name(resource)}: there is no ServiceAccount/{account}")
    return found


def _public_host(resources: list[Resource], settings: Settings) -> list[str]:
    """Check that routes and Gateway have the hosts of PUBLIC_BASE_URL, which Twilio signs, and of CONSOLE_URL."""
    addresses = {"ingress": settings.public_base_url, "console": settings.console_url}
    listeners = {
        one["name"]: one["hostname"]
        for gateway in of_kind(resources, "Gateway")
        for one in gateway["spec"]["listeners"]
        if "hostname" in one
    }
    found = []
    for route in of_kind(resources, "HTTPRoute"):
        address = addresses.get(route["metadata"]["name"])
        for host in route["spec"].get("hostnames", ()):
            if address != f"https://{host}":
                found.append(f"{resource_name(route)}: the host {host} is not that of {address}")
            section = route["spec"]["parentRefs"][0].get("sectionName")
            if listeners and listeners.get(section) != host:
                found.append(f"{resource_name(route)}: the listener {section} has another host than {host}")
    return found
