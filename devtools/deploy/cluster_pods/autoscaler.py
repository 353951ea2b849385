"""The component keda over running services: the router's replicas follow its lag, as KEDA reads it from Kafka."""

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster.guide import run_block
from devtools.deploy.cluster_pods import keda
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.cluster_pods.production import OVERLAY
from devtools.deploy.pods import SERVICES
from devtools.deploy.render import enable_components

FEWEST, MOST = 1, 3
THRESHOLD = 100  # records of lag for each replica, as the component says
_SERVICE = "router"
_LIMIT = 420.0
# Sooner down than in production, where the router has two replicas at least. Thresholds are those of production.
PATCH = f"""  - target: {{kind: ScaledObject, name: {_SERVICE}}}
    patch: |
      - {{op: replace, path: /spec/minReplicaCount, value: {FEWEST}}}
      - {{op: replace, path: /spec/maxReplicaCount, value: {MOST}}}
      - op: replace
        path: /spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown
        value: {{stabilizationWindowSeconds: 60, policies: [{{type: Pods, value: 1, periodSeconds: 15}}]}}
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """The router at one time. lag: in records, None if it was not to be had. wanted, ready: replicas."""

    seconds: float
    lag: int | None
    wanted: int
    ready: int


class Autoscaler:
    """Enables the component and watches the router. folder: that of the manifests. seen: since the lag grew."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self._metric = ""
        self._began = 0.0
        self.seen: list[Observation] = []

    def enable(self) -> str:
        """Enable the component as docs/deploy.md says: no service may lose a replica by that. Raises CheckFailed."""
        keda.wait_until_ready(self._cluster.plane)  # a drained node had its pods
        run_block("set-last-applied", self._folder, self._cluster.plane.environment)
        before = self._wanted()
        overlay = enable_components(self._folder / "deploy" / "k8s", ("keda", "keda-kafka-tls"))
        file = overlay / "kustomization.yaml"
        file.write_text(file.read_text() + PATCH)
        self._kubectl("delete", "job", "topics", "--ignore-not-found")
        self._cluster.plane.kubectl("apply", "-k", str(self._folder / OVERLAY))
        after = self._wanted()
        if any(after[service] < before[service] for service in SERVICES if service != _SERVICE):
            raise CheckFailed(f"replicas fell when keda was enabled: {before}, then {after}")
        self._kubectl("wait", "--for=condition=Ready", "scaledobject", "--all", "--timeout=170s")
        scaled = json.loads(self._kubectl("get", "scaledobject", _SERVICE, "-o", "json"))
        self._metric = scaled["status"]["externalMetricNames"][0]
        self._watch()
        self._until(lambda now: _is_low(now) and now.wanted == now.ready == FEWEST, "the router has one replica")
        return "the component keda enabled over running services; the router alone went from 2 to 1"

    def scale_by_lag(self) -> str:
        """Keep the router from working until more replicas are wanted; wait until they have come and gone again.

        Return a description. Raises CheckFailed.
        """
        self._watch()
        with self._cluster.stores.paused("mongodb"):
            self._until(lambda now: now.wanted == MOST, f"{MOST} replicas are wanted for the lag")
            paused = time.monotonic() - self._began
        self._until(lambda now: now.ready == MOST, f"{MOST} replicas are ready")
        self._until(_is_low, "the lag is gone")
        self._until(lambda now: now.wanted == now.ready == FEWEST, "the replicas are gone")
        lag = max(one.lag or 0 for one in self.seen)
        return f"{FEWEST} → {MOST} → {FEWEST} replicas by lag: MongoDB paused for {paused:.0f} s, up to {lag} records"

    def _watch(self) -> None:
        self._began = time.monotonic()
        self.seen = []

    def _until(self, condition: Callable[[Observation], bool], what: str) -> None:
        """Observe until so. Raises CheckFailed."""
        began = time.monotonic()
        while True:
            now = self._observe(time.monotonic() - self._began)
            self.seen.append(now)
            if condition(now):
                return
            self._cluster.check_alive()
            if time.monotonic() - began > _LIMIT:
                events = self._kubectl("describe", "hpa", f"keda-hpa-{_SERVICE}")
                raise CheckFailed(f"not within {_LIMIT:g} s: {what}; last seen: {now}\n{events[-1500:]}")
            time.sleep(1.0)

    def _observe(self, seconds: float) -> Observation:
        status = self._cluster.get("deploy", _SERVICE)
        ready = status["status"].get("readyReplicas", 0)
        return Observation(seconds, self._lag(), status["spec"]["replicas"], ready)

    def _lag(self) -> int | None:
        """Return the lag that the autoscaler gets from the API server."""
        path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/parley"
        selector = f"labelSelector=scaledobject.keda.sh%2Fname%3D{_SERVICE}"
        with contextlib.suppress(CheckFailed):
            answer = self._cluster.plane.kubectl("get", "--raw", f"{path}/{self._metric}?{selector}")
            return sum(records_of(one["value"]) for one in json.loads(answer)["items"])
        return None

    def _wanted(self) -> dict[str, int]:
        return {service: self._cluster.get("deploy", service)["spec"]["replicas"] for service in SERVICES}

    def _kubectl(self, *arguments: str) -> str:
        return self._cluster.plane.kubectl("-n", "parley", *arguments, timeout=300)


def _is_low(now: Observation) -> bool:
    return now.lag is not None and now.lag < THRESHOLD


def records_of(quantity: str) -> int:
    """Return the number of a Kubernetes quantity: `230`, `66500m`, `1k`."""
    if quantity.endswith("m"):
        return round(int(quantity[:-1]) / 1000)
    if quantity.endswith("k"):
        return int(quantity[:-1]) * 1000
    return int(quantity)


def table_of(seen: Sequence[Observation]) -> str:
    """Return the observations at which replicas changed, and that of the largest lag."""
    lines = ["| s | lag, records | replicas wanted | ready |", "|---|---|---|---|"]
    largest = max(seen, key=lambda one: one.lag or 0, default=None)
    before: Observation | None = None
    for now in seen:
        moment = replace(now, seconds=0.0, lag=None)
        if now is largest or moment != before:
            lag = "unknown" if now.lag is None else now.lag
            lines.append(f"| {now.seconds:.0f} | {lag} | {now.wanted} | {now.ready} |")
        before = moment
    return "\n".join(lines) + "\n"
