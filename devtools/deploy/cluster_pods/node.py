"""A node: containerd, kubelet, kube-proxy, DNS and network policies, in mount and network namespaces of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods import node_files
from devtools.deploy.cluster_pods.network import PODS, NodeAddress
from devtools.deploy.programs import run

PAUSE = "registry.example.com/pause:1"
_LIMIT = 300.0
# All pods together would get as much of a busy machine as one process outside: they get as much as ten.
_CPU_SHARES = "10240"
# The kubelet sets kernel parameters of the machine. It finds files in their place that say what it wants.
_KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
_MOUNTS = """
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount --bind "$1" /var
(cd /var/kernel && find . -type f) | while read -r file; do mount --bind "/var/kernel/$file" "/proc/sys/$file"; done
echo 1 > /proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/bridge ] || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
mount --make-rshared /
touch "$2"
exec sleep infinity
"""


@dataclass(frozen=True, slots=True)
class NodePrograms:
    """Folders of programs. node: those built from Go modules. engine: Debian's containerd and runc. tools: the rest of
    what they call (iptables, ipset). libraries: of the last two.
    """

    node: Path
    engine: Path
    tools: Path
    libraries: str


class Node:
    """A node of the cluster. cgroup: the parent of its pods' control groups."""

    def __init__(
        self, address: NodeAddress, programs: NodePrograms, folder: Path, *, kubeconfig: Path, cgroup: str
    ) -> None:
        self.address = address
        self._programs = programs
        self._folder = folder
        self._kubeconfig = kubeconfig
        self._cgroup = f"{cgroup}/{address.name}"
        self._holder: subprocess.Popen[bytes] | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def logs_of_pods(self) -> Path:
        """The folder with the output of the node's containers."""
        return self._folder / "var" / "log" / "pods"

    def start(self, images: Path) -> None:
        """Start all programs; containerd gets the images of an archive. Raises CheckFailed."""
        self._make_folders()
        self._hold_namespaces()
        files = node_files.write(self._folder, self.address, self._programs.node, self._kubeconfig, self._cgroup)
        self._start("containerd", str(self._programs.engine / "containerd"), "--config", str(files.containerd))
        self._wait_for(lambda: self.ctr("version"), "containerd answers")
        self.ctr("images", "import", str(images))
        name = f"--hostname-override={self.address.name}"
        config = f"--kubeconfig={self._kubeconfig}"
        program = self._programs.node
        self._start("coredns", str(program / "coredns"), "-conf", str(files.dns))
        self._start(
            "kubelet",
            *(str(program / "kubelet"), f"--config={files.kubelet}", config, name, f"--node-ip={self.address.ip}"),
            *("--root-dir=/var/lib/kubelet", "--v=1"),
        )
        self._start(
            "kube-proxy",
            *(str(program / "kube-proxy"), config, name, "--proxy-mode=iptables", f"--cluster-cidr={PODS}"),
            *("--conntrack-max-per-core=0", "--conntrack-min=0", "--oom-score-adj=0"),
            "--conntrack-tcp-timeout-established=0s",
            "--conntrack-tcp-timeout-close-wait=0s",
        )

    def enforce_policies(self) -> None:
        """Start the program that enforces NetworkPolicies. The node must know the addresses of its pods."""
        self._start(
            "kube-router",
            str(self._programs.node / "kube-router"),
            *(f"--kubeconfig={self._kubeconfig}", f"--hostname-override={self.address.name}"),
            *("--run-router=false", "--run-service-proxy=false", "--run-firewall=true", "--enable-cni=false"),
            *("--service-cluster-ip-range=10.96.0.0/16", "--iptables-sync-period=10s", "--enable-ipv6=false"),
        )

    def ctr(self, *arguments: str) -> str:
        """Run containerd's client and return its output. Raises CheckFailed."""
        command = self._command(str(self._programs.engine / "ctr"), "--namespace=k8s.io", *arguments)
        done = run(command, timeout=600, env=self._environment())
        if done.returncode:
            raise CheckFailed(f"{self.address.name}: ctr {' '.join(arguments)[:80]}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def check_alive(self) -> None:
        """Check that no program has ended. Raises CheckFailed with its last lines."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                lines = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-3:]
                raise CheckFailed(f"{self.address.name}: {name} ended: {' / '.join(lines)[-900:]}")

    def stop(self) -> None:
        """Stop the programs; pods end with the namespaces of the whole check."""
        for process in reversed([*self._processes.values(), *([self._holder] if self._holder else [])]):
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def _make_folders(self) -> None:
        for name in ("lib/kubelet", "lib/cni", "log/pods", "log/containers", "tmp", "cache"):
            (self._folder / "var" / name).mkdir(parents=True)
        (self._folder / "var" / "run").symlink_to("/run")
        for name, value in _KERNEL.items():
            file = self._folder / "var" / "kernel" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value)
        for controller in Path("/sys/fs/cgroup").iterdir():
            if controller.is_dir() and controller.name != "unified":
                _make_cgroup(controller, self._cgroup)

    def _hold_namespaces(self) -> None:
        ready = self._folder / "ready"
        script = ["sh", "-euc", _MOUNTS, "sh", str(self._folder / "var"), str(ready)]
        network = f"--net=/run/netns/{self.address.name}"
        with (self._folder / "namespaces.log").open("wb") as log:
            self._holder = subprocess.Popen(
                ["nsenter", network, "unshare", "--mount", "--uts", *script], stdout=log, stderr=log
            )
        self._wait_for(ready.stat, "its namespaces are there")
        run(self._command("hostname", self.address.name), timeout=20)

    def _start(self, name: str, *command: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                self._command(*command), env=self._environment(), stdout=log, stderr=log, cwd=self._folder
            )

    def _command(self, *command: str) -> list[str]:
        assert self._holder is not None  # noqa: S101 - it is started first
        return ["nsenter", f"--target={self._holder.pid}", "--net", "--mount", "--uts", "--", *command]

    def _environment(self) -> dict[str, str]:
        path = (self._folder / "sbin", self._programs.engine, self._programs.node)
        return {
            "PATH": ":".join([*map(str, path), "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
            "LD_LIBRARY_PATH": self._programs.libraries,
            "XTABLES_LIBDIR": f"{self._programs.libraries.split(':')[0]}/xtables",
            "HOME": str(self._folder),
            "NODE_NAME": self.address.name,
        }

    def _wait_for(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + _LIMIT
        while True:
            self.check_alive()
            try:
                condition()
                return
            except (CheckFailed, OSError):
                if time.monotonic() > deadline:
                    raise CheckFailed(f"{self.address.name}: not within {_LIMIT:g} s: {what}") from None
            time.sleep(0.2)


def _make_cgroup(controller: Path, path: str) -> None:
    """Make a control group below each parent; one of cpuset needs processors and memory before it takes processes."""
    folder = controller
    for part in path.strip("/").split("/"):
        parent, folder = folder, folder / part
        folder.mkdir(exist_ok=True)
        if (folder / "cpu.shares").exists():
            (folder / "cpu.shares").write_text(_CPU_SHARES)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (folder / file).exists() and not (folder / file).read_text().strip():
                (folder / file).write_text((parent / file).read_text())


def remove_cgroups(path: str) -> None:
    """Remove the control groups that a check has left."""
    for controller in Path("/sys/fs/cgroup").iterdir():
        for folder, _, _ in os.walk(controller / path.strip("/"), topdown=False):
            try:
                Path(folder).rmdir()
            except OSError:
                continue
