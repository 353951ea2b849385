"""The files that configure a node's programs."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from devtools.deploy.cluster_pods.network import DNS, STORES, NodeAddress

_CONTAINERD = """version = 2
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "registry.example.com/pause:1"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{programs}"
conf_dir = "{folder}/cni"
"""
_NEVER_SHORT = ("memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available")
_DNS = """.:53 {{
    bind {address}
    errors
    hosts {{
{hosts}
        fallthrough
    }}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """Paths of the files."""

    containerd: Path
    kubelet: Path
    dns: Path


def write(folder: Path, address: NodeAddress, programs: Path, kubeconfig: Path, cgroup: str) -> NodeFiles:
    """Write all files of a node into its folder."""
    files = NodeFiles(folder / "containerd.toml", folder / "kubelet.yaml", folder / "Corefile")
    files.containerd.write_text(_CONTAINERD.format(folder=folder, programs=programs))
    (folder / "resolv.conf").write_text("")
    files.kubelet.write_text(yaml.safe_dump(_kubelet(folder, cgroup)))
    hosts = "\n".join(f"        {ip} {name}" for name, ip in STORES.items())
    files.dns.write_text(_DNS.format(address=DNS, hosts=hosts, kubeconfig=kubeconfig))
    (folder / "cni").mkdir()
    (folder / "cni" / "10-pods.conflist").write_text(json.dumps(_pod_network(address)))
    return files


def _kubelet(folder: Path, cgroup: str) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # Nothing but this check reaches the node's network.
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup,
        "clusterDNS": [DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(folder / "resolv.conf"),
        "volumePluginDir": str(folder / "volume-plugins"),
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
        # The machine's disk and memory are shared with others: nothing is evicted because of them.
        "evictionHard": dict.fromkeys(_NEVER_SHORT, "0%"),
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
    }


def _pod_network(address: NodeAddress) -> dict[str, object]:
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": "/var/lib/cni/networks",
            "ranges": [[{"subnet": address.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]}
