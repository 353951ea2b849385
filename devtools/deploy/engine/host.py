"""A host with `docker` and `git` on which docs/deploy.md is followed: its lines run as they are printed.

Both programs stand in for their namesakes. `docker compose` is the real Compose on the check's engine, limited to the
services whose images can be had here; what `build` would make exists already, and is looked for. `git checkout` points
to the folder of a version.
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools import guides
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster.guide import DEPLOY, run_block
from devtools.deploy.programs import run_checked
from devtools.deploy.toolbox import PROJECT

_VERSION = "PARLEY_VERSION"
_CRON = ("cd /srv/parley && ", 900)  # how the command of the crontab begins; seconds that it may take


@dataclass(frozen=True, slots=True)
class ComposeProgram:
    """The `docker compose` of this host. command: with options that every call has. env_file: `.env`. checkout: a
    link to the folder of the version. running: services that can be started here; services: all of the Compose file.
    """

    docker: str
    command: Sequence[str]
    override: str
    env_file: str
    checkout: str
    environment: Mapping[str, str]
    running: Sequence[str]
    services: Sequence[str]


class Host:
    """One host. folder: holds `.env` and the programs."""

    def __init__(self, folder: Path, sources: Mapping[str, Path]) -> None:
        """sources: the folder of each version."""
        self._folder = folder
        self._programs = folder / "bin"
        self._programs.mkdir(parents=True)
        self.env_file = folder / ".env"
        self.checkout = folder / "checkout"
        (folder / "sources").mkdir()
        for name, source in sources.items():
            (folder / "sources" / name).symlink_to(source)

    def install(self, compose: ComposeProgram) -> None:
        """Write the programs."""
        config = self._folder / "compose.json"
        config.write_text(json.dumps(asdict(compose)))
        module = f"{shlex.quote(sys.executable)} -m devtools.deploy.engine.typed_docker"
        place = shlex.quote(str(PROJECT))
        self._write("docker", f'cd {place} && exec {module} {shlex.quote(str(config))} "$@"')
        sources = shlex.quote(str(self._folder / "sources"))
        checkout = shlex.quote(str(self.checkout))
        self._write("git", f'[ "$1" = checkout ] && [ -e {sources}/"$2" ] && ln -sfn {sources}/"$2" {checkout}')

    def _write(self, name: str, line: str) -> None:
        program = self._programs / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)

    def set_version(self, version: str) -> None:
        """Make this the version that runs, as an operator has left it."""
        lines = self.env_file.read_text().splitlines()
        kept = [one for one in lines if not one.startswith(f"{_VERSION}=")]
        self.env_file.write_text("".join(f"{one}\n" for one in [*kept, f"{_VERSION}={version}"]))
        self.checkout.unlink(missing_ok=True)
        self.checkout.symlink_to(self._folder / "sources" / version)

    def follow(self, marker: str, names: Mapping[str, str]) -> str:
        """Run the block with this text. names: what to put for words of the guide. Raises CheckFailed."""
        return run_block(marker, self._folder, self._environment, names)

    def run_crontab(self) -> str:
        """Run the command of the guide's crontab as cron does: from another folder, with few variables. Raises
        CheckFailed.
        """
        line = crontab_line()
        command, limit = line.split(" ", 5)[5], _CRON[1]
        if "%" in command or not command.startswith(_CRON[0]):
            raise CheckFailed(f"cron cannot run this line: {line}")
        typed = f"cd {shlex.quote(str(self._folder))} && {command.removeprefix(_CRON[0])}"
        return run_checked(["/bin/sh", "-c", typed], line, timeout=limit, cwd="/", env=self._environment)

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{self._programs}:/usr/bin:/bin", "HOME": str(self._folder), "SHELL": "/bin/sh"}


def crontab_line() -> str:
    """Return the line of a crontab that docs/deploy.md has."""
    found = [one.text for one in guides.commands(DEPLOY) if one.text.split(" ", 1)[0].isdigit()]
    if len(found) != 1:
        raise CheckFailed(f"{DEPLOY.name} has {len(found)} lines of a crontab")
    return found[0]
