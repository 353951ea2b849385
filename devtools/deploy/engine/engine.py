"""A Docker engine of the check's own: its own socket, data and process, and no rules in the machine's firewall."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.engine.packages import environment
from devtools.deploy.programs import run

_START_LIMIT = 60.0
_STOP_LIMIT = 120.0


class Engine:
    """`dockerd`, started and stopped by its process id. Images stay in `home` between runs."""

    def __init__(self, home: Path, packages: Path) -> None:
        self._home = home
        self._packages = packages
        self._sockets = Path(tempfile.mkdtemp(prefix="parley-engine-"))  # a socket's path must be short
        self._environment = environment(packages)
        self._pid_file = home / "dockerd.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> Path:
        """The program `docker`."""
        return self._packages / "usr/bin/docker"

    @property
    def client_environment(self) -> dict[str, str]:
        """The environment of `docker` and Compose."""
        address = {"DOCKER_HOST": f"unix://{self._sockets / 'docker.sock'}", "DOCKER_BUILDKIT": "0"}
        return {**self._environment, **address, "HOME": str(self._home)}

    def start(self) -> str:
        """Start and return the version. Raises ToolUnavailable when it does not come up, such as in a container."""
        self._end_leftover()
        log = self._home / "dockerd.log"
        command = [
            *(str(self._packages / "usr/sbin/dockerd"), "--host", f"unix://{self._sockets / 'docker.sock'}"),
            *("--data-root", str(self._home / "data"), "--exec-root", str(self._sockets / "exec")),
            *("--pidfile", str(self._pid_file), "--exec-opt", "native.cgroupdriver=cgroupfs"),
            *("--userland-proxy-path", str(self._packages / "usr/sbin/docker-proxy")),
            # Builds use the host's network; containers need no other one than their own.
            *("--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"),
        ]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + _START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            done = self._client("version", "--format", "{{.Server.Version}}", timeout=30)
            if done.returncode == 0:
                return done.stdout.strip()
            time.sleep(0.3)
        self.stop()
        lines = log.read_text(errors="replace").splitlines() or ["no output"]
        raise ToolUnavailable(f"the engine does not start: {lines[-1][-300:]}")

    def _end_leftover(self) -> None:
        """End the engine of a run that was killed: it has our data, and no other process of that id is touched."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        if str(self._home / "data").encode() in command:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_LIMIT
            while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop with SIGTERM, which stops all containers first."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with its containerd
            process.wait()

    def restart(self) -> None:
        """Stop and start again. Raises CheckFailed: an engine that ran before can be had here."""
        self.stop()
        try:
            self.start()
        except ToolUnavailable as reason:
            raise CheckFailed(f"after a restart, {reason}") from None

    def close(self) -> None:
        """Remove all containers and networks, and stop."""
        with contextlib.suppress(CheckFailed, subprocess.TimeoutExpired):
            if containers := self.docker("ps", "--all", "--quiet").split():
                self.docker("rm", "--force", "--volumes", *containers)
            for kind in ("network", "volume", "image"):  # untagged images: those of earlier runs
                self.docker(kind, "prune", "--force")
        self.stop()
        for namespace in (self._sockets / "exec" / "netns").glob("*"):  # dockerd leaves its own one mounted
            run(["umount", str(namespace)], timeout=30)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def has_image(self, name: str) -> bool:
        """Return whether an earlier run has left this image."""
        return self._client("image", "inspect", name, timeout=60).returncode == 0

    def logs(self, container: str) -> str:
        """Return the last lines of a container's output and errors."""
        done = self._client("logs", "--tail", "8", container, timeout=60)
        return (done.stdout + done.stderr).strip()[-1200:]

    def docker(self, *arguments: str, timeout: float = 300) -> str:
        """Run a docker command and return its output. Raises CheckFailed with its error."""
        done = self._client(*arguments, timeout=timeout)
        if done.returncode:
            raise CheckFailed(f"docker {' '.join(arguments)[:100]}: {(done.stderr or done.stdout).strip()[-1500:]}")
        return done.stdout.strip()

    def _client(self, *arguments: str, timeout: float) -> "subprocess.CompletedProcess[str]":
        command = [str(self.program), *arguments]
        return run(command, timeout=timeout, env=self.client_environment)
