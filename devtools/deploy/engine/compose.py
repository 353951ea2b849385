"""Runs docker-compose.yml as it is, with simulators of the providers beside it."""

import base64
import os
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.engine import stand_ins, versions
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.host import ComposeProgram, Host
from devtools.deploy.image_name import without_digest
from devtools.deploy.pods import SERVICES
from devtools.deploy.programs import run
from devtools.deploy.toolbox import PROJECT
from devtools.stack.ports import Ports

NAME = "parley-check"
RUNNING = (*SERVICES, "lag")
# Texts that the blocks of docs/deploy.md have.
UPGRADE, ROLL_BACK = "docker compose --profile tools build", "git checkout v1.0.0"
_LIMIT = 240.0  # seconds until all services are healthy: a busy machine of two processors


def not_started() -> list[str]:
    """Return the services of the Compose file that keep running and that no check of the engine starts."""
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    started = {*RUNNING, *stand_ins.STORES}
    return sorted(
        name for name, one in services.items() if one.get("restart") == "unless-stopped" and name not in started
    )


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports on this machine, and the secret that signs webhooks."""

    ingress: int
    console: int
    simulators: int
    app_secret: str


class Project:
    """The services of a Compose file. `up` sets which one, and the version of the images."""

    def __init__(self, engine: Engine, program: Path, scratch: Path) -> None:
        self._engine = engine
        self._program = program
        self._scratch = scratch
        self._version, self._source = "", PROJECT
        self._host = Host(scratch / "host", {versions.NOW: PROJECT, versions.BEFORE: scratch / "before"})
        self._ports = Ports(scratch / "ports.json")
        ports = [self._ports.get(name) for name in ("ingress", "console", "simulators")]
        self.addresses = Addresses(ports[0], ports[1], ports[2], secrets.token_hex(16))
        self._write_files()

    def _write_files(self) -> None:
        token = self.addresses.app_secret
        settings = {
            "SECRETS_KEY": base64.b64encode(os.urandom(32)).decode(),
            "GRAFANA_ADMIN_PASSWORD": token,
            "PUBLIC_BASE_URL": "https://wa.example.com",
            "META_APP_SECRET": token,
            "META_VERIFY_TOKEN": token,
            "ANTHROPIC_API_KEY": token,
            "META_GRAPH_URL": "http://simulators:8000/meta",
            "ANTHROPIC_BASE_URL": "http://simulators:8000/anthropic",
            "INGRESS_PUBLISH": f"127.0.0.1:{self.addresses.ingress}",
            "CONSOLE_PUBLISH": f"127.0.0.1:{self.addresses.console}",
            "CONSOLE_URL": f"http://127.0.0.1:{self.addresses.console}",
            "WORKSPACES": str(self._scratch / "workspaces"),
        }
        self._host.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (self._scratch / "workspaces").mkdir()
        shutil.copyfile(PROJECT / "devtools/demo/acme.yaml", self._scratch / "workspaces/workspace.yaml")
        (self._scratch / "workspaces/workspace.yaml").chmod(0o644)
        simulators = {
            "image": "parley-tools:${PARLEY_VERSION}",
            "restart": "unless-stopped",
            "command": ["python", "-m", "devtools.simulators", "--port", "8000", "--host", "0.0.0.0"],  # noqa: S104 - in a container
            "environment": {"SECRETS_KEY": "${SECRETS_KEY}"},
            "ports": [f"127.0.0.1:{self.addresses.simulators}:8000"],
        }
        # Stand-ins have the names of the images, and other digests.
        stand_ins = {
            name: {"image": without_digest(one["image"])}
            for name, one in yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"].items()
            if "@" in one["image"]
        }
        services = {**stand_ins, "simulators": simulators}
        (self._scratch / "override.yml").write_text(yaml.safe_dump({"services": services}))
        all_services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
        typed = ComposeProgram(
            docker=str(self._engine.program),
            command=[str(self._program), "--project-name", NAME],
            override=str(self._scratch / "override.yml"),
            env_file=str(self._host.env_file),
            checkout=str(self._host.checkout),
            environment=self._engine.client_environment,
            running=RUNNING,
            services=list(all_services),
        )
        self._host.install(typed)

    def up(self, version: str, source: Path = PROJECT) -> None:
        """Start or update all services and wait until they are healthy. source: the folder of the Compose file.

        Raises CheckFailed.
        """
        self._version, self._source = version, source
        self._host.set_version(version)
        try:
            self._compose("up", "--detach", "--wait", *self._running(), "simulators", timeout=_LIMIT)
        except (CheckFailed, subprocess.TimeoutExpired) as error:
            raise CheckFailed(f"docker compose up: {error}\n{self._states()}") from None
        self.check_healthy()

    def upgrade(self) -> None:
        """Do what docs/deploy.md says for an upgrade of one host, and wait until all is healthy. Raises CheckFailed."""
        self._follow(UPGRADE, {"v1.1.0": versions.NOW})
        self._version, self._source = versions.NOW, PROJECT
        self.check_healthy()

    def roll_back(self) -> None:
        """Do what docs/deploy.md says to go back to the version before. Raises CheckFailed."""
        self._follow(ROLL_BACK, {"v1.0.0": versions.BEFORE})
        self._version, self._source = versions.BEFORE, self._scratch / "before"
        self.check_healthy()

    def _follow(self, marker: str, names: dict[str, str]) -> None:
        try:
            self._host.follow(marker, names)
        except (CheckFailed, subprocess.TimeoutExpired) as error:
            raise CheckFailed(f"{error}\n{self._states()}") from None

    def nightly_backup(self) -> None:
        """Run the line of docs/deploy.md for the host's cron. Raises CheckFailed."""
        self._host.run_crontab()

    def check_healthy(self) -> None:
        """Wait until all services are healthy, as after a restart of the engine. Raises CheckFailed."""
        deadline = time.monotonic() + _LIMIT
        while unhealthy := [
            one for one in self._running() if self.inspect(one, "{{.State.Health.Status}}") != "healthy"
        ]:
            if time.monotonic() > deadline:
                raise CheckFailed(f"not healthy: {', '.join(unhealthy)}\n{self._states()}")
            time.sleep(0.5)

    def _running(self) -> list[str]:
        """Return the services of the Compose file that keep running; an older one may have fewer."""
        services = yaml.safe_load((self._source / "docker-compose.yml").read_text())["services"]
        return [name for name in RUNNING if name in services]

    def tools(self, *command: str) -> str:
        """Run a command in the tools image and return its output. Raises CheckFailed."""
        tokens = {"ACME_META_TOKEN": "demo-token", "ACME_TWILIO_TOKEN": self.addresses.app_secret}
        given = [part for name, value in tokens.items() for part in ("--env", f"{name}={value}")]
        return self._compose("run", "--rm", "--no-deps", "--no-TTY", *given, "tools", *command, timeout=120)

    def inspect(self, service: str, what: str) -> str:
        """Return a part of a container's state, in Docker's template language."""
        return self._engine.docker("inspect", "--format", what, self.container(service))

    def container(self, service: str) -> str:
        """Return the name of a service's container."""
        return f"{NAME}-{service}-1"

    def down(self) -> None:
        """Remove containers, networks and volumes."""
        self._compose("down", "--volumes", "--timeout", "5", timeout=120)
        self._ports.close()

    def _states(self) -> str:
        """Return the containers' states and the last lines of those that are not well, for a failed check."""
        lines = [self._engine.docker("ps", "--all", "--format", "{{.Names}}\t{{.Status}}")]
        for row in lines[0].splitlines():
            name, status = row.split("\t")
            if "(healthy)" not in status and "Exited (0)" not in status:
                lines.append(f"{name}: {self._engine.logs(name)}")
        return "\n".join(lines)

    def _compose(self, *arguments: str, timeout: float) -> str:
        command = [str(self._program), "--project-directory", str(self._source), "--project-name", NAME]
        command += ["--env-file", str(self._host.env_file), "--file", str(self._source / "docker-compose.yml")]
        command += ["--file", str(self._scratch / "override.yml"), *arguments]
        environment = {**self._engine.client_environment, "PARLEY_VERSION": self._version}
        done = run(command, timeout=timeout, env=environment)
        if done.returncode:
            raise CheckFailed(
                f"docker compose {' '.join(arguments[:3])}: {(done.stderr or done.stdout).strip()[-1500:]}"
            )
        return done.stdout
