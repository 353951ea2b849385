"""Builds all parts, then runs the walk in namespaces of its own: no process, mount or packet of it is left behind."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from devtools.cache import cache_root
from devtools.deploy.check_result import CheckFailed, ToolUnavailable, report_skipped
from devtools.deploy.cluster.build import CONTROL_PLANE
from devtools.deploy.cluster_pods import images
from devtools.deploy.cluster_pods.build import AUTOSCALER, NODE
from devtools.deploy.cluster_pods.node import remove_cgroups
from devtools.deploy.engine.packages import environment, unpack, unpacked_engine
from devtools.deploy.toolbox import PROJECT, Toolbox

_TOOLS = ("ipset", "iptables")
_IPTABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
_PROGRAMS = ("unshare", "nsenter", "ip", "openssl", "java")


def verify() -> int:
    """Run the check. Return 1 if it failed; where it cannot run, it says so and returns 0 (REAL_CHECKS: 1)."""
    began = time.monotonic()
    try:
        for program in _PROGRAMS:
            if shutil.which(program) is None:
                raise ToolUnavailable(f"{program} is not installed")
        if not Path("/sys/fs/cgroup/cpu").is_dir():
            raise ToolUnavailable("the machine has no control groups of version 1")
        with tempfile.TemporaryDirectory(prefix="parley-pods-", dir=_scratch()) as folder:
            print(f"   0 s  begun in {folder}", flush=True)
            plan = _prepare(Path(folder))
            print(f"{time.monotonic() - began:4.0f} s  programs and images are there", flush=True)
            return _run_inside(plan, Path(folder))
    except ToolUnavailable as reason:
        return report_skipped(f"no pod was run: {reason}")
    except CheckFailed as error:
        print(f"FAILED  {error}")
        return 1


def _scratch() -> Path:
    """Return a folder on a disk: containers' file systems cannot be stacked upon those of memory."""
    cache_root().mkdir(parents=True, exist_ok=True)
    return cache_root()


def _prepare(folder: Path) -> dict[str, str]:
    """Build and fetch what the cluster is made of; return the paths."""
    engine = unpacked_engine(cache_root() / "engine")
    tools = cache_root() / "node-tools"
    if not (tools / ".unpacked").is_file():
        unpack(tools, _TOOLS)
        (tools / ".unpacked").touch()
    control_plane = CONTROL_PLANE.build(lambda line: print(f"        {line}", flush=True))
    node = NODE.build(lambda line: print(f"        {line}", flush=True))
    autoscaler = AUTOSCALER.build(lambda line: print(f"        {line}", flush=True))
    others = images.of_keda(autoscaler / "bin")
    return {
        "autoscaler": str(autoscaler / "config"),
        "control_plane": str(control_plane / "bin"),
        "crds": str(control_plane / "crds"),
        "kubectl": str(Toolbox().path("kubectl", "kubectl")),
        "images": str(images.save(node / "bin" / "pause", others, folder)),
        "node": str(node / "bin"),
        "engine": str(_links(folder, engine, tools)),
        "tools": str(tools),
        "libraries": ":".join(environment(root)["LD_LIBRARY_PATH"] for root in (tools, engine)),
    }


def _links(folder: Path, engine: Path, tools: Path) -> Path:
    """Return a folder with the programs that nodes find by name."""
    links = folder / "programs"
    links.mkdir()
    for name in ("containerd", "containerd-shim-runc-v2", "ctr"):
        (links / name).symlink_to(engine / "usr/bin" / name)
    (links / "runc").symlink_to(
        next(path for path in (engine / "usr/sbin/runc", engine / "usr/bin/runc") if path.exists())
    )
    for name in _IPTABLES:
        (links / name).symlink_to(engine / "usr/sbin/xtables-legacy-multi")
    (links / "ipset").symlink_to(next(tools.glob("usr/*bin/ipset"), tools / "sbin/ipset"))
    (links / "init").symlink_to(engine / "usr/bin/tini-static")
    return links


def _run_inside(plan: dict[str, str], folder: Path) -> int:
    """Run `inside` as the only user of new namespaces; all processes end with it."""
    (folder / "plan.json").write_text(json.dumps(plan))
    cgroup = f"/{folder.name}"
    unshare = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    command = [*unshare, f"{plan['engine']}/init", "--", sys.executable, "-m", "devtools.deploy.cluster_pods.inside"]
    process = subprocess.Popen([*command, str(folder), cgroup], cwd=PROJECT, env={**os.environ, "TMPDIR": str(folder)})
    try:
        return process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()
        remove_cgroups(cgroup)
