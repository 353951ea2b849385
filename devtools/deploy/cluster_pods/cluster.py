"""The whole cluster: control plane, stores and nodes, started and stopped together."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster.control_plane import ControlPlane
from devtools.deploy.cluster_pods import network
from devtools.deploy.cluster_pods.network import NodeAddress
from devtools.deploy.cluster_pods.node import Node, NodePrograms
from devtools.deploy.cluster_pods.stores import ClusterStores

_LIMIT = 180.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Paths of what was built before. crds: a folder. images: an archive. kubectl: the program."""

    control_plane: Path
    crds: Path
    kubectl: Path
    images: Path
    programs: NodePrograms


class Cluster:
    """A control plane, the stores, and as many nodes as given. cgroup: the parent of all pods' control groups."""

    def __init__(self, parts: Parts, folder: Path, *, nodes: int, cgroup: str) -> None:
        self._parts = parts
        self._addresses = [NodeAddress(number + 1) for number in range(nodes)]
        for name in ("plane", "stores", *(address.name for address in self._addresses)):
            (folder / name).mkdir()
        self._folder = folder
        self.plane = ControlPlane(
            parts.control_plane, parts.kubectl, folder / "plane", address=network.HOST, real_nodes=True
        )
        self.stores = ClusterStores(folder / "stores")
        kubeconfig = folder / "plane" / "kubeconfig"
        self.nodes = [
            Node(address, parts.programs, folder / address.name, kubeconfig=kubeconfig, cgroup=cgroup)
            for address in self._addresses
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run until the end of the block. Raises CheckFailed when a part does not start."""
        network.set_up(self._folder, self._addresses)
        try:
            self.stores.start()
            with self.plane.running():
                self._apply_crds()
                for node in self.nodes:
                    node.start(self._parts.images)
                for node in self.nodes:
                    self._join(node)
                yield
        finally:
            for node in self.nodes:
                node.stop()
            self.stores.stop()

    def check_alive(self) -> None:
        """Check that every part still runs. Raises CheckFailed."""
        self.plane.check_alive()
        self.stores.check_alive()
        for node in self.nodes:
            node.check_alive()

    def _apply_crds(self) -> None:
        """Make the kinds of the Gateway API and of the Prometheus operator known."""
        for pattern in ("gateway.*.yaml", "monitoring.coreos.com_servicemonitors.yaml"):
            for file in self._parts.crds.glob(pattern):
                self.plane.kubectl("apply", "--server-side", "-f", str(file))

    def _join(self, node: Node) -> None:
        """Tell the cluster the addresses of the node's pods, and wait until it is ready."""
        name, pods = node.address.name, node.address.pods
        self._wait(lambda: bool(self.get("node", name)), f"{name} is registered")
        self.plane.kubectl("patch", "node", name, "-p", json.dumps({"spec": {"podCIDR": pods, "podCIDRs": [pods]}}))
        self.plane.kubectl("label", "node", name, f"topology.kubernetes.io/zone=zone-{node.address.number}")
        self.plane.kubectl("wait", "--for=condition=Ready", f"node/{name}", "--timeout=150s")

    def get(self, kind: str, name: str, namespace: str = "parley") -> dict[str, Any]:
        """Return a resource, or an empty one if there is none."""
        text = self.plane.kubectl("-n", namespace, "get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text.strip() else {}

    def pods(self, service: str) -> list[dict[str, Any]]:
        """Return the pods of a service that are not being removed."""
        text = self.plane.kubectl(
            "-n", "parley", "get", "pods", "-l", f"app.kubernetes.io/name={service}", "-o", "json"
        )
        return [pod for pod in json.loads(text)["items"] if not pod["metadata"].get("deletionTimestamp")]

    def _wait(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + _LIMIT
        while not condition():
            self.check_alive()
            if time.monotonic() > deadline:
                raise CheckFailed(f"not within {_LIMIT:g} s: {what}")
            time.sleep(0.5)
