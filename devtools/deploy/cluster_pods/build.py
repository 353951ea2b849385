"""The programs of a Kubernetes node: kubelet, kube-proxy, network plugins, DNS and network policies.

containerd and runc come with Debian's Docker engine. Sources are removed after the build; about 300 MB stay.
"""

from pathlib import Path

from devtools.deploy.cluster.go_programs import KUBERNETES, ProgramSet

NODE = ProgramSet(
    "node",
    {
        "k8s.io/kubernetes": (f"v{KUBERNETES}", ("cmd/kubelet", "cmd/kube-proxy")),
        "github.com/containernetworking/plugins": (
            "v1.9.1",
            ("plugins/main/bridge", "plugins/main/loopback", "plugins/ipam/host-local", "plugins/meta/portmap"),
        ),
        "github.com/coredns/coredns": ("v1.14.7", ("",)),
        "github.com/cloudnativelabs/kube-router/v2": ("v2.1.0", ("cmd/kube-router",)),
    },
    sources=(Path(__file__).with_name("pause.go"),),
)
