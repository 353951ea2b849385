"""Kill pods, drain a node, roll and scale deployments while customers write; after each, wait until all are ready."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from devtools.chaos.evidence import InjectedFault
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods.autoscaler import Autoscaler
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.pods import SERVICES

_LIMIT = 600
_KILLED = ("router", "ai", "delivery", "ingress")
_CONSUMERS = ("router", "ai", "delivery")


class Faults:
    """Injects all faults, one after the other. injected: with their times."""

    def __init__(self, cluster: Cluster, autoscaler: Autoscaler) -> None:
        self._cluster = cluster
        self._autoscaler = autoscaler
        self.injected: list[InjectedFault] = []

    def all(self) -> list[Callable[[], None]]:
        """Return the faults in their order."""
        kills = [partial(self._kill, service) for service in _KILLED]
        removals = [partial(self._remove, service) for service in _CONSUMERS]
        return [*kills, *removals, self._drain, self._roll, self._autoscale, self._scale]

    def _kill(self, service: str) -> None:
        """Kill the first process of a pod's container with SIGKILL; the kubelet starts it again."""
        pod = self._cluster.pods(service)[0]
        name, restarts = pod["metadata"]["name"], _restarts(pod)

        def act() -> None:
            os.kill(_process_of(pod["metadata"]["uid"], service), signal.SIGKILL)
            self._until(
                lambda: any(
                    one["metadata"]["name"] == name and _restarts(one) > restarts and _is_ready(one)
                    for one in self._cluster.pods(service)
                ),
                f"{name} is ready again",
            )

        self._record("kill", service, "SIGKILL to the process, restarted by the kubelet", act)

    def _remove(self, service: str) -> None:
        """Remove a pod without any grace."""
        name = self._cluster.pods(service)[0]["metadata"]["name"]

        def act() -> None:
            self._kubectl("delete", "pod", name, "--grace-period=0", "--force")
            self._wait_for(service)

        self._record("remove", service, "pod deleted with no grace", act)

    def _drain(self) -> None:
        node = self._cluster.nodes[-1].address.name

        def act() -> None:
            options = ("--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={_LIMIT}s")
            self._cluster.plane.kubectl("drain", node, *options, timeout=_LIMIT + 60)
            self._wait_for(*SERVICES)
            self._cluster.plane.kubectl("uncordon", node)

        self._record("drain", node, "all its pods evicted", act)

    def _roll(self) -> None:
        def act() -> None:
            self._kubectl("rollout", "restart", *(f"deploy/{service}" for service in SERVICES))
            self._wait_for(*SERVICES)

        self._record("roll", "all services", "rollout restart of all Deployments at once", act)

    def _autoscale(self) -> None:
        self._record("autoscale", "all services", "", self._autoscaler.enable)

    def _scale(self) -> None:
        self._record("scale", "router", "", self._autoscaler.scale_by_lag)

    def _record(self, kind: str, target: str, what: str, act: Callable[[], str | None]) -> None:
        """Inject a fault by `act`, which may return what it has done."""
        fault = InjectedFault(number=len(self.injected) + 1, kind=kind, target=target, what=what, begun=time.time())
        self.injected.append(fault)
        began = time.monotonic()
        fault.what = act() or what
        fault.lasted = time.monotonic() - began
        fault.ended = time.time()
        print(f"        {kind} {target}: {fault.what}; recovered after {fault.lasted:.0f} s", flush=True)

    def _wait_for(self, *services: str) -> None:
        names = [f"deploy/{service}" for service in services]
        self._kubectl("rollout", "status", *names, f"--timeout={_LIMIT}s")

    def _kubectl(self, *arguments: str) -> None:
        self._cluster.plane.kubectl("-n", "parley", *arguments, timeout=_LIMIT + 60)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _LIMIT
        while not condition():
            if time.monotonic() > deadline:
                raise CheckFailed(f"not within {_LIMIT} s: {what}")
            time.sleep(0.5)


def _restarts(pod: dict[str, Any]) -> int:
    return sum(one["restartCount"] for one in pod["status"].get("containerStatuses", ()))


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _process_of(pod_uid: str, service: str) -> int:
    """Return the id of a service's process in a pod, by its control group."""
    module = f"services.{service}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            groups, command = (folder / "cgroup").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if pod_uid in groups and module in command:
            return int(folder.name)
    raise CheckFailed(f"no process of {service} in its pod")
