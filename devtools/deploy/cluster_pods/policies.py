"""Checks that NetworkPolicies are enforced: each connection that one of them forbids, beside one that is allowed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods import gateway
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.cluster_pods.network import HOST, PROVIDERS

_LIMIT = 120.0
_CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
except OSError:
    print("closed")
else:
    print("open")
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A connection from a service's pod. service `gateway`: the gateway's proxy."""

    service: str
    host: str
    port: int
    allowed: bool
    what: str

    def __str__(self) -> str:
        return f"{self.service} to {self.what}: {'allowed' if self.allowed else 'forbidden'}"


def enforce_and_check(cluster: Cluster) -> str:
    """Check that every connection is possible, and that the forbidden ones are not once policies are enforced.

    Raises CheckFailed.
    """
    attempts = _attempts(cluster)
    _until(cluster, attempts, lambda _: True, "without enforced policies")
    for node in cluster.nodes:
        node.enforce_policies()
    _until(cluster, attempts, lambda one: one.allowed, "with enforced policies")
    forbidden = sum(not one.allowed for one in attempts)
    return f"network policies are enforced: {forbidden} connections refused, {len(attempts) - forbidden} allowed"


def _attempts(cluster: Cluster) -> list[Attempt]:
    router, ingress = (cluster.pods(name)[0]["status"]["podIP"] for name in ("router", "ingress"))
    return [
        Attempt("router", "mongodb-0.internal", 27017, True, "MongoDB"),
        Attempt("router", "redis.internal", 6379, False, "Redis"),
        Attempt("ai", "redis.internal", 6379, True, "Redis"),
        Attempt("lag", "mongodb-0.internal", 27017, False, "MongoDB"),
        Attempt("lag", "kafka-0.kafka.internal", 9093, True, "Kafka"),
        Attempt("delivery", PROVIDERS, 443, True, "a provider"),
        Attempt("router", PROVIDERS, 443, False, "a provider"),
        Attempt("ai", HOST, 443, False, "a private address by https"),
        Attempt("ai", router, 9100, False, "the router's operations port"),
        Attempt("gateway", ingress, 8080, True, "ingress"),
        Attempt("gateway", ingress, 9100, False, "the operations port of ingress"),
        Attempt("gateway", router, 9100, False, "the router's operations port"),
    ]


def _until(cluster: Cluster, attempts: list[Attempt], expected: Callable[[Attempt], bool], when: str) -> None:
    """Wait until each attempt has the expected result; the enforcing programs need a while. Raises CheckFailed."""
    deadline = time.monotonic() + _LIMIT
    while wrong := [one for one in attempts if _is_open(cluster, one) is not expected(one)]:
        if time.monotonic() > deadline:
            raise CheckFailed(f"{when}, not so: " + "; ".join(map(str, wrong)))


def _is_open(cluster: Cluster, attempt: Attempt) -> bool:
    of_gateway = attempt.service == "gateway"
    namespace = gateway.NAMESPACE if of_gateway else "parley"
    pod = "ds/gateway" if of_gateway else f"deploy/{attempt.service}"
    program = ("python", "-c", _CONNECT, attempt.host, str(attempt.port))
    return "open" in cluster.plane.kubectl("-n", namespace, "exec", pod, "--", *program)
