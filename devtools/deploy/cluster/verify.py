"""The check itself: what an operator of a cluster goes through, by the commands of docs/deploy.md."""

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from devtools.deploy.check_result import CheckFailed, ToolUnavailable, real_checks_demanded, report_skipped
from devtools.deploy.cluster.build import CONTROL_PLANE
from devtools.deploy.cluster.control_plane import ControlPlane
from devtools.deploy.cluster.go_programs import KUBERNETES
from devtools.deploy.cluster.guide import run_block
from devtools.deploy.pods import SERVICES, pod_of
from devtools.deploy.render import copy_manifests, enable_components, resource_name
from devtools.deploy.secret_rules import needed_secrets
from devtools.deploy.toolbox import PROJECT, Toolbox

OVERLAY = "deploy/k8s/overlays/production"
_OTHERS = ("monitoring", "external-secrets", "backup", "sentry")
_LIMIT = 180.0


class Walk:
    """One run. Each step raises CheckFailed."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        self._copy_manifests()

    def steps(self, crds: Path) -> Iterator[str]:
        """Yield the result of each step."""
        self._plane.kubectl("apply", "--server-side", "-f", str(crds))
        yield "the operators' CustomResourceDefinitions are there"
        self._install()
        yield "production as it is: applied, rolled out, no difference left"
        self._refuses_unhardened_pods()
        yield "a pod that is not hardened is refused"
        self._drain()
        yield "a node was drained: every service kept a replica"
        yield self._enable_autoscaler("keda", "keda-kafka-tls", *_OTHERS)
        yield self._roll_out_and_back()
        self._guide("name: parley-keys")
        self._check_secrets()
        yield "a Secret got another name: no pod refers to the old one"
        self._guide("rollout restart deploy/")
        self._check_restarted()
        yield "after a change of secrets every Deployment that reads one was restarted"
        self._start_anew()
        self._install()
        yield self._enable_autoscaler("hpa")
        self._start_anew()
        self._enable("hpa", *_OTHERS)
        self._install()
        self._drain()
        yield "production with hpa and all other components, from nothing"
        self._plane.kubectl("delete", "namespace/parley", "pv/backup", "--wait")
        self._apply_dev()
        yield "dev: accepted without a warning"

    def _copy_manifests(self) -> None:
        shutil.rmtree(self._folder / "deploy", ignore_errors=True)
        copy_manifests(PROJECT / "deploy" / "k8s", self._folder / "deploy")
        (self._folder / "ca.pem").write_text("a certificate\n")

    def _start_anew(self) -> None:
        self._copy_manifests()
        self._plane.kubectl("delete", "namespace/parley", "pv/backup", "--wait")

    def _enable(self, *components: str) -> None:
        enable_components(self._folder / "deploy" / "k8s", components)

    def _guide(self, marker: str) -> str:
        output = run_block(marker, self._folder, self._plane.environment)
        self._check_warnings(output)
        return output

    def _check_warnings(self, output: str) -> None:
        if found := re.findall(r"^Warning: .*", output, re.MULTILINE):
            raise CheckFailed("\n".join(found[:5]))

    def _install(self) -> None:
        """Do steps 3 and 4 of the guide."""
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "backup"},
            "spec": {
                "capacity": {"storage": "50Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/backup"},
            },
        }
        self._plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(volume))
        self._guide("create secret generic parley-secrets")
        self._guide("create secret generic parley-kafka")
        self._check_warnings(self._plane.kubectl("apply", "--dry-run=server", "-k", str(self._folder / OVERLAY)))
        self._guide("-l 'app.kubernetes.io/component notin")
        self._settled()

    def _check_secrets(self) -> None:
        """Check that every key that a pod needs exists: pods are pretended, and would not miss it."""
        secrets = json.loads(self._plane.kubectl("-n", "parley", "get", "secrets", "-o", "json"))["items"]
        known = {one["metadata"]["name"]: set(one.get("data", ())) for one in secrets}
        kinds = "deployments,jobs,cronjobs"
        resources = json.loads(self._plane.kubectl("-n", "parley", "get", kinds, "-o", "json"))["items"]
        missing = [
            f"{resource_name(resource)}: {secret} {key}".rstrip()
            for resource in resources
            for secret, key in needed_secrets(pod_of(resource) or {})
            if secret not in known or (key and key not in known[secret])
        ]
        if missing:
            raise CheckFailed(f"Secrets that do not exist: {', '.join(sorted(set(missing)))}")

    def _check_restarted(self) -> None:
        """Check that no Deployment keeps secrets from before `rollout restart`."""
        found = json.loads(self._plane.kubectl("-n", "parley", "get", "deployments", "-o", "json"))["items"]
        for one in found:
            marks = one["spec"]["template"]["metadata"].get("annotations", {})
            if list(needed_secrets(pod_of(one) or {})) and "kubectl.kubernetes.io/restartedAt" not in marks:
                raise CheckFailed(f"{resource_name(one)} reads a Secret and was not restarted")

    def _settled(self) -> None:
        """Check that everything runs, has its Secrets, and that nothing is left to apply."""
        self._check_secrets()
        self._plane.kubectl(
            "-n", "parley", "rollout", "status", "deploy/tools", "deploy/lag", f"--timeout={_LIMIT:.0f}s"
        )
        self._plane.kubectl("diff", "-k", str(self._folder / OVERLAY))
        deadline = time.monotonic() + _LIMIT
        while blocked := [
            one for one in SERVICES if self._field("pdb", one, ".status.disruptionsAllowed") in ("", "0")
        ]:
            if time.monotonic() > deadline:
                raise CheckFailed(f"no pod may be removed: {', '.join(blocked)}")
            time.sleep(0.5)

    def _refuses_unhardened_pods(self) -> None:
        try:
            self._plane.kubectl("-n", "parley", "run", "unhardened", "--image=parley")
        except CheckFailed as error:
            if 'violates PodSecurity "restricted' in str(error):
                return
            raise
        raise CheckFailed("the namespace accepts a pod that is not hardened")

    def _drain(self) -> None:
        node = "node-a"
        self._plane.kubectl(
            "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s", timeout=240
        )
        for service in SERVICES:  # ready ones: a replacement counts as available only after some seconds
            if int(self._field("deploy", service, ".status.readyReplicas") or 0) < 1:
                raise CheckFailed(f"{service} has no replica after a node was drained")
        self._plane.kubectl("uncordon", node)
        self._plane.kubectl("-n", "parley", "rollout", "status", *_deployments(), "--timeout=180s", timeout=240)

    def _enable_autoscaler(self, autoscaler: str, *others: str) -> str:
        """Enable an autoscaler and other components over running services; the numbers of replicas must not fall."""
        before = self._replicas()
        self._guide("set-last-applied")
        self._enable(autoscaler, *others)
        self._plane.kubectl("-n", "parley", "delete", "job", "topics", "--ignore-not-found")
        self._plane.kubectl("apply", "-k", str(self._folder / OVERLAY))
        after = self._replicas()
        if any(after[service] < max(before[service], 2) for service in SERVICES):
            raise CheckFailed(f"replicas fell when {autoscaler} was enabled: {before}, then {after}")
        self._guide("-l 'app.kubernetes.io/component notin")
        self._settled()
        what = f"{autoscaler} and all other components" if others else autoscaler
        return f"{what} enabled over running services: replicas stay"

    def _replicas(self) -> dict[str, int]:
        return {service: int(self._field("deploy", service, ".spec.replicas")) for service in SERVICES}

    def _roll_out_and_back(self) -> str:
        overlay = self._folder / OVERLAY / "kustomization.yaml"
        overlay.write_text(overlay.read_text().replace("newTag: 0.1.0", "newTag: 0.2.0"))
        self._plane.kubectl("-n", "parley", "delete", "job", "topics", "--ignore-not-found")
        self._guide("-l 'app.kubernetes.io/component notin")
        self._settled()
        self._check_images("0.2.0")
        for service in SERVICES:
            self._plane.kubectl("-n", "parley", "rollout", "undo", f"deploy/{service}")
        self._plane.kubectl("-n", "parley", "rollout", "status", *_deployments(), "--timeout=300s", timeout=400)
        self._check_images("0.1.0")
        return "a new image was rolled out, and back"

    def _check_images(self, tag: str) -> None:
        for service in SERVICES:
            image = self._field("deploy", service, ".spec.template.spec.containers[0].image")
            if not image.endswith(f":{tag}"):
                raise CheckFailed(f"{service} has {image}, not the tag {tag}")

    def _apply_dev(self) -> None:
        """Accept the overlay dev on a new namespace."""
        overlay = str(self._folder / "deploy/k8s/overlays/dev")
        self._check_warnings(self._plane.kubectl("apply", "-k", overlay))
        self._plane.kubectl("-n", "parley", "wait", "--for=condition=complete", "--timeout=180s", "job/topics")

    def _field(self, kind: str, name: str, path: str) -> str:
        return self._plane.kubectl("-n", "parley", "get", kind, name, "-o", f"jsonpath={{{path}}}").strip()


def _deployments() -> list[str]:
    return [f"deploy/{service}" for service in SERVICES]


def verify() -> int:
    """Run the check. Return 1 if it failed; where it cannot run, it says so and returns 0 (REAL_CHECKS: 1)."""
    try:
        if os.environ.get("CI") and not (CONTROL_PLANE.is_built() or real_checks_demanded()):
            raise ToolUnavailable("the control plane is not built on this machine: run `make verify-cluster` there")
        home = CONTROL_PLANE.build(lambda line: print(f"  {line}", flush=True))
        kubectl = Toolbox().path("kubectl", "kubectl")
        with tempfile.TemporaryDirectory(prefix="parley-cluster-") as folder:
            _walk(ControlPlane(home / "bin", kubectl, Path(folder)), home / "crds", Path(folder))
    except ToolUnavailable as reason:
        return report_skipped(f"the manifests were not applied to an API server: {reason}")
    except CheckFailed as error:
        print(f"FAILED  {error}")
        return 1
    print("verify-cluster: passed")
    return 0


def _walk(plane: ControlPlane, crds: Path, folder: Path) -> None:
    began = time.monotonic()
    with plane.running():
        print(f"{time.monotonic() - began:4.0f} s  Kubernetes {KUBERNETES}", flush=True)
        for step in Walk(plane, folder).steps(crds):
            print(f"{time.monotonic() - began:4.0f} s  {step}", flush=True)
            plane.check_alive()
