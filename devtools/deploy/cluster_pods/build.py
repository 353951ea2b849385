"""The programs of a Kubernetes node: kubelet, kube-proxy, network plugins, DNS and network policies; and KEDA.

containerd and runc come with Debian's Docker engine. Sources are removed after the build; about 700 MB stay.
"""

from pathlib import Path

from devtools.deploy.cluster.build import KEDA
from devtools.deploy.cluster.go_programs import KUBERNETES, CopiedModule, ProgramSet

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
AUTOSCALER = ProgramSet(
    "keda",
    {},
    copied={
        "github.com/kedacore/keda/v2": CopiedModule(
            KEDA,
            {"keda": "cmd/operator", "keda-adapter": "cmd/adapter", "keda-admission-webhooks": "cmd/webhooks"},
            kept="config",
            stamp="github.com/kedacore/keda/v2/version.Version",
        )
    },
)
