"""KEDA as its own manifests install it: operator, metrics server and admission webhooks, as pods of the cluster."""

import shutil
from pathlib import Path

import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster.build import KEDA
from devtools.deploy.cluster.control_plane import ControlPlane
from devtools.deploy.pods import SERVICES
from devtools.deploy.render import enable_components

NAMESPACE = "keda"
TAG = KEDA.removeprefix("v")
# The program of each image of KEDA.
IMAGES = {
    "keda": "keda",
    "keda-metrics-apiserver": "keda-adapter",
    "keda-admission-webhooks": "keda-admission-webhooks",
}
_DEPLOYMENTS = ("keda-operator", "keda-metrics-apiserver", "keda-admission")
_FRESH = "parley-fresh"
_SCALED = ("ConfigMap", "Deployment", "ScaledObject", "TriggerAuthentication")
_METRICS = "apiservice/v1beta1.external.metrics.k8s.io"


def overlay(registry: str) -> dict[str, object]:
    """Return a kustomization of KEDA's manifests, with images of a registry that are on the nodes already."""
    pull = "- {op: replace, path: /spec/template/spec/containers/0/imagePullPolicy, value: IfNotPresent}"
    return {
        "resources": ["../config/default"],
        "images": [
            {"name": f"ghcr.io/kedacore/{name}", "newName": f"{registry}/{name}", "newTag": TAG} for name in IMAGES
        ],
        "patches": [{"target": {"kind": "Deployment"}, "patch": pull}],
    }


def install(plane: ControlPlane, manifests: Path, registry: str, folder: Path) -> None:
    """Apply KEDA's manifests. manifests: the folder `config` of its module. folder: to write to."""
    shutil.copytree(manifests, folder / "keda" / "config")
    here = folder / "keda" / "here"
    here.mkdir()
    (here / "kustomization.yaml").write_text(yaml.safe_dump(overlay(registry)))
    plane.kubectl("apply", "--server-side", "-k", str(here))


def check_fresh_install(plane: ControlPlane, folder: Path, first: str) -> str:
    """Apply Deployments and autoscalers to a new namespace, in the two steps of docs/deploy.md: KEDA refuses none.

    Its pods get neither Secrets nor accounts, so none starts. folder: that of the manifests. first: the selector of the
    first step. Raises CheckFailed.
    """
    tree = folder / "fresh"
    shutil.copytree(folder / "deploy" / "k8s", tree)
    overlay = enable_components(tree, ("keda", "keda-kafka-tls"))
    rendered = yaml.safe_load_all(plane.kubectl("kustomize", str(overlay)))
    moved = [
        {**one, "metadata": {**one["metadata"], "namespace": _FRESH}}
        for one in rendered
        if one and one["kind"] in _SCALED
    ]
    text = yaml.safe_dump_all(moved)
    plane.kubectl("create", "namespace", _FRESH)
    try:
        plane.kubectl("apply", "-f", "-", "-l", first, stdin=text)
        plane.kubectl("apply", "-f", "-", stdin=text)
        found = plane.kubectl("-n", _FRESH, "get", "scaledobject", "-o", "name").split()
    finally:
        plane.kubectl("delete", "namespace", _FRESH, "--wait=false")
    if len(found) != len(SERVICES):
        raise CheckFailed(f"a new namespace has the autoscalers {', '.join(found)}")
    return f"a new namespace, in the two steps of the guide: KEDA accepts {len(found)} autoscalers"


def wait_until_ready(plane: ControlPlane) -> None:
    """Wait until KEDA runs and the API server has its metrics. Raises CheckFailed."""
    names = [f"deploy/{name}" for name in _DEPLOYMENTS]
    plane.kubectl("-n", NAMESPACE, "rollout", "status", *names, "--timeout=400s", timeout=1300)
    plane.kubectl("wait", "--for=condition=Available", _METRICS, "--timeout=170s")
