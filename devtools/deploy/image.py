"""Whether the image is what the services need: built and run where there is a Docker engine; without one, its parts."""

import os
import shutil
from pathlib import Path

from devtools.deploy.check_result import Broken, Unavailable
from devtools.deploy.pods import SERVICES
from devtools.deploy.programs import run
from devtools.deploy.toolbox import PROJECT, Toolbox

_WRONG = {"LOG_LEVEL": "LOUD"}  # a setting that every process reads, and refuses before it connects to anything
_TAG = "parley:verify"
PROCESSES = (*(f"services.{service}" for service in SERVICES), "shared.kafka.admin", "shared.kafka.lag")


def parts(toolbox: Toolbox, scratch: Path) -> str:
    """Each process starts on the locked packages and the copied folders alone, and reads its settings."""
    packages = toolbox.environment("image", PROJECT / "requirements.txt")
    app = _app(scratch, ("services", "shared"))
    for process in PROCESSES:
        _reads_settings([str(packages / "bin" / "python"), "-m", process], app, process)
    tools = toolbox.environment("image-tools", PROJECT / "requirements-tools.txt", on=packages)
    app = _app(scratch, ("services", "shared", "devtools"))
    command = [str(tools / "bin" / "python"), "-m", "devtools.cli.main", "apply", "--help"]
    done = run(command, cwd=app, env={"PATH": os.defpath}, timeout=60)
    if done.returncode:
        raise Broken(f"parley does not start in the tools image: {done.stderr.strip()[-400:]}")
    return f"{len(PROCESSES)} processes and parley start on the locked packages alone"


def _app(scratch: Path, folders: tuple[str, ...]) -> Path:
    app = scratch / f"app-{len(folders)}"
    for folder in folders:
        shutil.copytree(PROJECT / folder, app / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return app


def _reads_settings(command: list[str], where: Path, process: str) -> None:
    done = run(command, cwd=where, env={"PATH": os.defpath, **_WRONG}, timeout=60)
    said = done.stderr.strip()
    if done.returncode == 0 or not all(f"{name}: " in said for name in _WRONG):
        raise Broken(f"{process}: {said[-400:]}")


def built() -> str:
    """Build it, and run each process as a cluster would: without the right to write, without a name for its user."""
    docker = shutil.which("docker")
    if docker is None:
        raise Unavailable("there is no docker here: the image was NOT built")
    if run([docker, "info"], timeout=30).returncode:
        raise Unavailable("no Docker engine runs here: the image was NOT built")
    for target, tag in (("tools", f"{_TAG}-tools"), ("runtime", _TAG)):
        command = [docker, "build", "--quiet", "--target", target, "-t", tag, str(PROJECT)]
        done = run(command, timeout=1200)
        if done.returncode:
            raise Broken(done.stderr.strip()[-1500:])
    guarded = [docker, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]  # noqa: S108 - inside
    for process in PROCESSES:
        given = [f"--env={name}={value}" for name, value in _WRONG.items()]
        _reads_settings([*guarded, *given, _TAG, "python", "-m", process], PROJECT, process)
    user = run([*guarded, _TAG, "id", "-u"], timeout=60).stdout.strip()
    if user != "10001":
        raise Broken(f"it runs as user {user}")
    if run([*guarded, f"{_TAG}-tools", "parley", "--help"], timeout=60).returncode:
        raise Broken("parley does not start in the tools image")
    return "built, and each process run"
