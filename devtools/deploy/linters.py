"""Run linters: hadolint and checkov on the Dockerfile and pods, docker compose on its file."""

import shutil
from pathlib import Path

import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run
from devtools.deploy.render import Resource
from devtools.deploy.toolbox import PROJECT

COMPOSE_ENVIRONMENT = {
    "SECRETS_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PUBLIC_BASE_URL": "https://wa.example.com",
    "GRAFANA_ADMIN_PASSWORD": "of-a-check",
}


def hadolint(program: Path, dockerfile: Path) -> None:
    """Lint a Dockerfile. Raises CheckFailed."""
    _run_linter([str(program), str(dockerfile)])


def compose(program: Path, file: Path, environment: dict[str, str], scratch: Path) -> None:
    """Validate a Compose file without `.env`. Raises CheckFailed with the message of docker compose."""
    empty = scratch / "empty.env"
    empty.touch()
    command = [str(program), "--project-directory", str(PROJECT), "--env-file", str(empty)]
    command += ["-f", str(file), "--profile", "tools", "config", "-q"]
    _run_linter(command, {"HOME": str(scratch), **environment})


def checkov(program: Path, resources: list[Resource], dockerfile: Path, scratch: Path) -> None:
    """Check the hardening of resources and a Dockerfile. Raises CheckFailed."""
    folder = scratch / "checkov"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(resources))
    shutil.copy(dockerfile, folder / "Dockerfile")
    frameworks = ["--framework", "kubernetes", "dockerfile"]
    config = ["--config-file", str(PROJECT / "deploy" / "checkov.yaml")]
    # Run the script with its own interpreter; without downloads.
    command = [
        str(program.with_name("python")),
        str(program),
        "-d",
        str(folder),
        *frameworks,
        "--skip-download",
        *config,
    ]
    _run_linter(command, {"HOME": str(scratch), "PATH": "/usr/bin:/bin", "BC_SKIP_MAPPING": "TRUE"})


def _run_linter(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = run(command, timeout=240, env=environment)
    if done.returncode:
        raise CheckFailed((done.stdout + done.stderr).strip()[-1500:] or f"exit code {done.returncode}")
