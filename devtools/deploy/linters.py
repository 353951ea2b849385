"""Checks by linters: hadolint and checkov for the Dockerfile and the pods, docker compose for its file."""

import shutil
from pathlib import Path

import yaml

from devtools.deploy.check_result import Broken
from devtools.deploy.programs import run
from devtools.deploy.render import Resource
from devtools.deploy.toolbox import PROJECT

COMPOSE_ENVIRONMENT = {
    "SECRETS_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PUBLIC_BASE_URL": "https://wa.example.com",
    "GRAFANA_ADMIN_PASSWORD": "of-a-check",
}


def hadolint(program: Path, dockerfile: Path) -> None:
    """Raises Broken."""
    _must_pass([str(program), str(dockerfile)])


def compose(program: Path, file: Path, environment: dict[str, str], scratch: Path) -> None:
    """Raises Broken, with the message that a person would see. An `.env` of this folder does not count."""
    empty = scratch / "empty.env"
    empty.touch()
    command = [str(program), "--project-directory", str(PROJECT), "--env-file", str(empty)]
    _must_pass([*command, "-f", str(file), "--profile", "tools", "config", "-q"], {"HOME": str(scratch), **environment})


def checkov(program: Path, resources: list[Resource], dockerfile: Path, scratch: Path) -> None:
    """Raises Broken."""
    folder = scratch / "checkov"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(resources))
    shutil.copy(dockerfile, folder / "Dockerfile")
    frameworks = ["--framework", "kubernetes", "dockerfile"]
    config = ["--config-file", str(PROJECT / "deploy" / "checkov.yaml")]
    # Beside its interpreter, for it is a script; without the network, which it asks for news.
    command = [
        str(program.with_name("python")),
        str(program),
        "-d",
        str(folder),
        *frameworks,
        "--skip-download",
        *config,
    ]
    _must_pass(command, {"HOME": str(scratch), "PATH": "/usr/bin:/bin", "BC_SKIP_MAPPING": "TRUE"})


def _must_pass(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = run(command, timeout=240, env=environment)
    if done.returncode:
        raise Broken((done.stdout + done.stderr).strip()[-1500:] or f"exit code {done.returncode}")
