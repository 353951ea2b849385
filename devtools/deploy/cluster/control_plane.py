"""A Kubernetes control plane on this machine; unless the nodes are real, kwok pretends nodes and pods."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run, run_checked
from devtools.stack.ports import Ports

_LIMIT = 180.0  # seconds for a program to answer, on a busy machine
_NODES = ("a", "b", "c")
_AGGREGATOR = "front-proxy"  # as whom the API server passes requests on to other servers of the API


class ControlPlane:
    """etcd, API server, controllers, scheduler, and kwok unless the nodes are real.

    kubectl: the program. address: of the API server.
    """

    def __init__(
        self, programs: Path, kubectl: Path, folder: Path, *, address: str = "127.0.0.1", real_nodes: bool = False
    ) -> None:
        self._programs = programs
        self._folder = folder
        self._address = address
        self._real_nodes = real_nodes
        self._ports = Ports(folder / "ports.json")
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        (folder / "bin").mkdir()
        (folder / "bin" / "kubectl").symlink_to(kubectl)
        self.environment = {
            "PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "KUBECONFIG": str(folder / "kubeconfig"),
            "HOME": str(folder),
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run until the end of the block. Raises CheckFailed when a program does not start."""
        try:
            self._start_all()
            yield
        finally:
            self._stop_all()

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float = _LIMIT) -> str:
        """Run kubectl and return its output and warnings. Raises CheckFailed with its error."""
        name = f"kubectl {' '.join(arguments)[:120]}"
        return run_checked(["kubectl", *arguments], name, timeout=timeout, env=self.environment, stdin=stdin)

    def _start_all(self) -> None:
        certificates, secure, stored = self._folder / "certificates", self._ports.get("api"), self._ports.get("etcd")
        done = run(["openssl", "genrsa", "-out", str(self._folder / "accounts.key"), "2048"], timeout=60)
        if done.returncode:
            raise CheckFailed(f"openssl: {done.stderr.strip()[-200:]}")
        token = secrets.token_hex(16)
        (self._folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        self._write_kubeconfig(f"https://{self._address}:{secure}", token)
        etcd, peers = f"http://127.0.0.1:{stored}", f"http://127.0.0.1:{self._ports.get('etcd-peers')}"
        self._start(
            "etcd",
            *("--data-dir", str(self._folder / "etcd"), "--unsafe-no-fsync"),
            *("--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", peers),
            *("--initial-advertise-peer-urls", peers, "--initial-cluster", f"default={peers}"),
        )
        key = str(self._folder / "accounts.key")
        self._start(
            "kube-apiserver",
            *(f"--etcd-servers={etcd}", f"--cert-dir={certificates}", f"--secure-port={secure}"),
            *(
                f"--bind-address={self._address}",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=RBAC",
            ),
            "--kubelet-preferred-address-types=InternalIP",  # names of nodes are in no DNS
            *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
            *(
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--token-auth-file={self._folder / 'tokens.csv'}",
            ),
            *(self._aggregation() if self._real_nodes else ()),
        )
        self._wait_until_ready()
        shared = [f"--kubeconfig={self._folder / 'kubeconfig'}", "--leader-elect=false", "--bind-address=127.0.0.1"]
        ports = [f"--secure-port={self._ports.get(name)}" for name in ("controllers", "scheduler")]
        self._start(
            "kube-controller-manager",
            "--node-monitor-grace-period=1h",  # a pretended kubelet is late on a busy machine
            *(
                *shared,
                ports[0],
                f"--service-account-private-key-file={key}",
                f"--cert-dir={certificates / 'controllers'}",
                f"--root-ca-file={certificates / 'apiserver.crt'}",  # by which pods know the API server
            ),
        )
        self._start("kube-scheduler", *shared, ports[1], f"--cert-dir={certificates / 'scheduler'}")
        if not self._real_nodes:
            self._pretend_nodes()

    def _aggregation(self) -> list[str]:
        """Make certificates for the API server's requests to servers in pods, as of metrics; return its options."""
        authority, key = self._folder / "front-proxy-ca.crt", self._folder / "front-proxy-ca.key"
        certificate, own_key = self._folder / "front-proxy.crt", self._folder / "front-proxy.key"
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        of_authority = ["-subj", "/CN=front-proxy-ca", "-addext", "keyUsage=critical,keyCertSign"]
        signed = ["-CA", str(authority), "-CAkey", str(key), "-subj", f"/CN={_AGGREGATOR}"]
        signed += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=clientAuth"]
        for command in (
            [*new, *of_authority, "-keyout", str(key), "-out", str(authority)],
            [*new, *signed, "-keyout", str(own_key), "-out", str(certificate)],
        ):
            done = run(command, timeout=60)
            if done.returncode:
                raise CheckFailed(f"openssl: {done.stderr.strip()[-200:]}")
        return [
            *(f"--requestheader-client-ca-file={authority}", f"--requestheader-allowed-names={_AGGREGATOR}"),
            *("--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group"),
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            *(f"--proxy-client-cert-file={certificate}", f"--proxy-client-key-file={own_key}"),
            "--enable-aggregator-routing=true",  # to the pods: Services' addresses are for pods
        ]

    def _pretend_nodes(self) -> None:
        self._start(
            "kwok",
            *("--kubeconfig", str(self._folder / "kubeconfig"), "--manage-all-nodes=false"),
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        )
        self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(_node(zone) for zone in _NODES))

    def _write_kubeconfig(self, server: str, token: str) -> None:
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "check", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "check", "context": {"cluster": "check", "user": "admin"}}],
            "current-context": "check",
        }
        (self._folder / "kubeconfig").write_text(yaml.safe_dump(content))

    def _start(self, name: str, *arguments: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            command = [str(self._programs / name), *arguments]
            process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        self._processes.append((name, process))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _LIMIT
        while True:
            self.check_alive()
            with contextlib.suppress(CheckFailed):
                self.kubectl("get", "--raw", "/readyz")
                return
            if time.monotonic() > deadline:
                raise CheckFailed(f"the API server is not ready: {self._last_line('kube-apiserver')}")
            time.sleep(0.3)

    def check_alive(self) -> None:
        """Check that no program has ended. Raises CheckFailed with its last line."""
        for name, process in self._processes:
            if process.poll() is not None:
                raise CheckFailed(f"{name} ended: {self._last_line(name)}")

    def _last_line(self, name: str) -> str:
        lines = (self._folder / f"{name}.log").read_text(errors="replace").splitlines() or ["no output"]
        return lines[-1][-300:]

    def _stop_all(self) -> None:
        for _, process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        self._ports.close()
        shutil.rmtree(self._folder / "etcd", ignore_errors=True)


def _node(zone: str) -> dict[str, object]:
    size = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": f"node-{zone}", "topology.kubernetes.io/zone": zone}
    metadata = {"name": f"node-{zone}", "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": labels}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": {"allocatable": size, "capacity": size}}
