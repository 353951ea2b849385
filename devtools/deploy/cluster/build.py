"""The programs of a Kubernetes control plane: etcd, the API server, the controller manager and the scheduler, and kwok,
which plays nodes and kubelets.

The operators' CustomResourceDefinitions come from their own modules. Sources are removed after the build; about 350 MB
stay.
"""

from devtools.deploy.cluster.go_programs import KUBERNETES, ProgramSet

KEDA = "v2.17.2"
CONTROL_PLANE = ProgramSet(
    "cluster",
    {
        "k8s.io/kubernetes": (
            f"v{KUBERNETES}",
            ("cmd/kube-apiserver", "cmd/kube-controller-manager", "cmd/kube-scheduler"),
        ),
        "go.etcd.io/etcd/server/v3": ("v3.6.16", ("",)),
        "sigs.k8s.io/kwok": ("v0.7.0", ("cmd/kwok",)),
    },
    {
        "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd/*.yaml",
        f"github.com/kedacore/keda/v2@{KEDA}": "config/crd/bases/*.yaml",
        "github.com/external-secrets/external-secrets@v0.16.2": (
            "config/crds/bases/external-secrets.io_externalsecrets.yaml"
        ),
        "sigs.k8s.io/gateway-api@v1.3.0": "config/crd/standard/*.yaml",
    },
)
