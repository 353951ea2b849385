"""KEDA as its own manifests install it: operator, metrics server and admission webhooks, as pods of the cluster."""

import shutil
from pathlib import Path

import yaml

from devtools.deploy.cluster.build import KEDA
from devtools.deploy.cluster.control_plane import ControlPlane

NAMESPACE = "keda"
TAG = KEDA.removeprefix("v")
# The program of each image of KEDA.
IMAGES = {
    "keda": "keda",
    "keda-metrics-apiserver": "keda-adapter",
    "keda-admission-webhooks": "keda-admission-webhooks",
}
_DEPLOYMENTS = ("keda-operator", "keda-metrics-apiserver", "keda-admission")
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


def wait_until_ready(plane: ControlPlane) -> None:
    """Wait until KEDA runs and the API server has its metrics. Raises CheckFailed."""
    names = [f"deploy/{name}" for name in _DEPLOYMENTS]
    plane.kubectl("-n", NAMESPACE, "rollout", "status", *names, "--timeout=400s", timeout=1300)
    plane.kubectl("wait", "--for=condition=Available", _METRICS, "--timeout=170s")
