"""Checks of the image: built and run if a Docker engine is available; its packages and folders without one."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.pods import SERVICES
from devtools.deploy.programs import run
from devtools.deploy.toolbox import PROJECT, Toolbox

_INVALID_SETTING = {"LOG_LEVEL": "LOUD"}  # every process rejects it before connecting
_TAG = "parley:verify"
_PULL_LIMIT = 300
_NOT_BUILT = "the image was NOT built; `make verify-image` builds and runs it, on Linux as root"
PROCESSES = (*(f"services.{service}" for service in SERVICES), "shared.kafka.admin", "shared.kafka.lag")


def check_parts(toolbox: Toolbox, scratch: Path) -> str:
    """Check that each process starts with the locked packages and copied folders only, and reads its settings."""
    packages = toolbox.environment("image", PROJECT / "requirements.txt")
    app = _app(scratch, ("services", "shared"))
    for process in PROCESSES:
        _check_reads_settings([str(packages / "bin" / "python"), "-m", process], app, process)
    tools = toolbox.environment("image-tools", PROJECT / "requirements-tools.txt", base=packages)
    app = _app(scratch, ("services", "shared", "devtools"))
    command = [str(tools / "bin" / "python"), "-m", "devtools.cli.main", "apply", "--help"]
    done = run(command, cwd=app, env={"PATH": os.defpath}, timeout=60)
    if done.returncode:
        raise CheckFailed(f"parley does not start in the tools image: {done.stderr.strip()[-400:]}")
    return f"{len(PROCESSES)} processes and parley start with the locked packages only"


def _app(scratch: Path, folders: tuple[str, ...]) -> Path:
    app = scratch / f"app-{len(folders)}"
    for folder in folders:
        shutil.copytree(PROJECT / folder, app / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return app


def _check_reads_settings(command: list[str], cwd: Path, process: str) -> None:
    done = run(command, cwd=cwd, env={"PATH": os.defpath, **_INVALID_SETTING}, timeout=60)
    output = done.stderr.strip()
    if done.returncode == 0 or not all(f"{name}: " in output for name in _INVALID_SETTING):
        raise CheckFailed(f"{process}: {output[-400:]}")


def _check_base_image(docker: str) -> None:
    """Raise ToolUnavailable when the base image is neither here nor at its registry."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None  # noqa: S101 - the Dockerfile names it
    if run([docker, "image", "inspect", found[1]], timeout=30).returncode == 0:
        return
    try:
        done = run([docker, "pull", "--quiet", found[1]], timeout=_PULL_LIMIT)
        reason = done.stderr.strip()[-200:] if done.returncode else ""
    except subprocess.TimeoutExpired:
        reason = f"no answer within {_PULL_LIMIT} s"
    if reason:
        raise ToolUnavailable(f"the base image {found[1]} cannot be had, `make verify-image` makes one: {reason}")


def check_built_image() -> str:
    """Build the image and run each process as in a cluster: with a read-only file system and a numeric user."""
    docker = shutil.which("docker")
    if docker is None:
        raise ToolUnavailable(f"docker is not installed: {_NOT_BUILT}")
    if run([docker, "info"], timeout=30).returncode:
        raise ToolUnavailable(f"no Docker engine is running: {_NOT_BUILT}")
    _check_base_image(docker)
    for target, tag in (("tools", f"{_TAG}-tools"), ("runtime", _TAG)):
        command = [docker, "build", "--quiet", "--target", target, "-t", tag, str(PROJECT)]
        done = run(command, timeout=1200)
        if done.returncode:
            raise CheckFailed(done.stderr.strip()[-1500:])
    restricted = [docker, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]  # noqa: S108 - not ours
    for process in PROCESSES:
        settings = [f"--env={name}={value}" for name, value in _INVALID_SETTING.items()]
        _check_reads_settings([*restricted, *settings, _TAG, "python", "-m", process], PROJECT, process)
    user = run([*restricted, _TAG, "id", "-u"], timeout=60).stdout.strip()
    if user != "10001":
        raise CheckFailed(f"the image runs as user {user}")
    if run([*restricted, f"{_TAG}-tools", "parley", "--help"], timeout=60).returncode:
        raise CheckFailed("parley does not start in the tools image")
    return "built; each process starts"
