"""The cluster's own network: a bridge with all nodes on it, in a network namespace that nothing else uses.

The stores, the providers' simulators and the control plane listen on the bridge. Packets leave it nowhere.
"""

from dataclasses import dataclass
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run

HOST = "10.89.0.1"  # the control plane and the stores
PROVIDERS = "203.0.113.10"  # the simulators: an address that the network policies take for a public one
DNS = "169.254.20.10"  # on each node, as NodeLocal DNSCache
SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
STORES = {
    **{f"kafka-{n}.kafka.internal": HOST for n in range(3)},
    "mongodb-0.internal": HOST,
    "redis.internal": HOST,
    "providers.example.net": PROVIDERS,
}
_BRIDGE = "cluster"


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node's place in the network. number: from 1."""

    number: int

    @property
    def name(self) -> str:
        return f"node-{self.number}"

    @property
    def ip(self) -> str:
        return f"10.89.0.{10 + self.number}"

    @property
    def pods(self) -> str:
        """The addresses of the node's pods."""
        return f"10.244.{self.number}.0/24"


def set_up(folder: Path, nodes: list[NodeAddress]) -> None:
    """Make the bridge and the nodes' namespaces. Raises CheckFailed."""
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{ip} {name}\n" for name, ip in STORES.items()))
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    _run("mount", "--bind", str(hosts), "/etc/hosts")
    _ip("link", "set", "lo", "up")
    _ip("link", "add", _BRIDGE, "type", "bridge")
    for address in (f"{HOST}/24", f"{PROVIDERS}/24"):
        _ip("address", "add", address, "dev", _BRIDGE)
    _ip("link", "set", _BRIDGE, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    for node in nodes:
        _connect(node)
    for node in nodes:
        _ip("route", "add", node.pods, "via", node.ip)
        for other in nodes:
            if other != node:
                _in(node, "route", "add", other.pods, "via", other.ip)
    _ip("route", "add", SERVICES, "via", nodes[0].ip)


def _connect(node: NodeAddress) -> None:
    _ip("netns", "add", node.name)
    _ip("link", "add", node.name, "type", "veth", "peer", "name", "eth0", "netns", node.name)
    _ip("link", "set", node.name, "master", _BRIDGE, "up")
    _in(node, "link", "set", "lo", "up")
    _in(node, "address", "add", f"{DNS}/32", "dev", "lo")
    _in(node, "address", "add", f"{node.ip}/24", "dev", "eth0")
    _in(node, "link", "set", "eth0", "up")
    _in(node, "route", "add", "default", "via", HOST)


def _in(node: NodeAddress, *arguments: str) -> None:
    _ip("-netns", node.name, *arguments)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    done = run(command, timeout=60)
    if done.returncode:
        raise CheckFailed(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
