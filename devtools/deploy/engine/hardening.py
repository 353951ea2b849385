"""Checks that containers are as restricted as docker-compose.yml declares, from inside and by the engine."""

import json

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.engine.compose import RUNNING, Project
from devtools.deploy.engine.engine import Engine

READ_ONLY = "Read-only file system"  # errno EROFS; missing rights would be "Permission denied"
PATHS = ("/new", "/app/new", "/opt/parley/new")
_USER = "10001"
_NO_CAPABILITIES = "0" * 16
_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def check(engine: Engine, project: Project) -> str:
    """Check running services, a `tools` container and the `topics` container that has ended. Raises CheckFailed."""
    found = []
    for service in RUNNING:
        container = project.container(service)
        found += [f"{service}: {line}" for line in status_findings(_exec(engine, container, "cat /proc/1/status"))]
        found += [f"{service}: {line}" for line in write_findings(_exec(engine, container, _touch_all()))]
    inside = project.tools("sh", "-c", f"{_touch_all()}; exec cat /proc/1/status")
    found += [f"tools: {line}" for line in (*status_findings(inside), *write_findings(inside))]
    for service in (*RUNNING, "topics"):
        declared = json.loads(project.inspect(service, "{{json .HostConfig}}"))
        found += [f"{service}: {line}" for line in declaration_findings(declared)]
    if found:
        raise CheckFailed("\n".join(found))
    return f"user {_USER}, no capabilities to gain, no new privileges, a read-only file system, a memory limit"


def status_findings(status: str) -> list[str]:
    """Return what a process may do and should not. status: its /proc/PID/status.

    A process without root has no effective capability anyway; a set-user-id program could gain those of CapBnd.
    """
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    found = [f"{name} is {fields.get(name)}" for name in _CAPABILITIES if fields.get(name) != _NO_CAPABILITIES]
    if fields.get("NoNewPrivs") != "1":
        found.append(f"NoNewPrivs is {fields.get('NoNewPrivs')}: a set-user-id program would give it rights")
    if set(fields.get("Uid", "").split()) != {_USER}:
        found.append(f"runs as user {fields.get('Uid')}")
    return found


def write_findings(output: str) -> list[str]:
    """Return the paths that could be written but for the user's missing rights. output: of `touch` for all PATHS."""
    lines = [line for line in output.splitlines() if line.startswith("touch:")]
    read_only = {path for path in PATHS if any(f"'{path}': {READ_ONLY}" in line for line in lines)}
    return [f"{path} is not on a read-only file system: {lines}" for path in PATHS if path not in read_only]


def declaration_findings(host_config: dict[str, object]) -> list[str]:
    """Return what the engine does not enforce for a container. host_config: of `docker inspect`."""
    wanted: dict[str, list[object]] = {
        "ReadonlyRootfs": [True],
        "CapDrop": [["ALL"]],
        "CapAdd": [None, []],
        "SecurityOpt": [["no-new-privileges:true"]],
        "Privileged": [False],
    }
    found = [
        f"{name} is {host_config.get(name)}" for name, allowed in wanted.items() if host_config.get(name) not in allowed
    ]
    return found if host_config.get("Memory") else [*found, "has no memory limit"]


def _touch_all() -> str:
    return "; ".join(f"touch {path} 2>&1" for path in PATHS) + "; true"


def _exec(engine: Engine, container: str, command: str) -> str:
    return engine.docker("exec", container, "sh", "-c", command)
