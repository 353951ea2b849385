"""Commands in README, guides and runbooks can be parsed, and the image or resource that they name has them.

`tests/guides` runs them.
"""

import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from devtools import guides
from devtools.cli import backup_folder
from devtools.cli.main import build
from devtools.deploy.pods import SERVICES, containers, find_resource
from tests.deploy.unrendered import base_resources, resources_in

KINDS = {"deploy": "Deployment", "job": "Job", "cronjob": "CronJob", "svc": "Service"}
RESOURCES = [*base_resources(), *resources_in("components/tools", "components/backup")]
PARLEY = typer.main.get_command(build())
every_page = pytest.mark.parametrize("page", guides.PAGES, ids=guides.name_of)


def _parley_commands(page: Path) -> list[list[str]]:
    found = []
    for command in guides.commands(page):
        text = command.text.replace("\\\n", " ")  # a script has several lines
        for part in re.findall(r"(?<!-n )(?<!namespace )(?<![\w/.-])parley ((?:[^|;#`'…\n]|'[^']*')+)", text):
            words = shlex.split(re.sub(r"\$\(.*?\)", "X", part), comments=True)
            if words and re.fullmatch(r"[a-z-]+", words[0]):
                found.append(words)
    return found


def _leaf(words: list[str]) -> tuple[Any, list[str]]:
    command: Any = PARLEY
    left = list(words)
    while hasattr(command, "resolve_command") and left and not left[0].startswith("-"):
        assert left[0] in command.commands, f"parley {' '.join(words)}"
        _, command, left = command.resolve_command(typer.Context(command), left)
    return command, left


@every_page
def test_parley_commands_can_be_parsed(page: Path) -> None:
    for words in _parley_commands(page):
        command, left = _leaf(words)
        if left:  # otherwise a sentence names the command
            try:
                command.make_context("parley", left)
            except typer.BadParameter as error:
                assert "does not exist" in error.message, f"parley {' '.join(words)}"  # a file of the reader's


@every_page
def test_replays_need_no_terminal(page: Path) -> None:
    for words in _parley_commands(page):
        if words[:2] == ["dlq", "replay"] and len(words) > 2:  # a mention has no selector
            assert "--yes" in words


@every_page
def test_parley_is_run_in_the_image_that_has_it(page: Path) -> None:
    text = page.read_text()
    for name in re.findall(r"exec [^`\n]*?deploy/(\S+) -- parley", text):
        deployment = find_resource(RESOURCES, "Deployment", name)
        assert deployment is not None, name
        assert [one["image"] for _, one in containers([deployment])] == ["parley-tools"], name
    assert set(re.findall(r"docker compose run [^`\n]*?(\w+) (?:sh -c ')?parley", text)) <= {"tools"}


@every_page
def test_resources_in_kubectl_commands_exist(page: Path) -> None:
    for command in guides.commands(page):
        if "kubectl" not in command.text or "-n kube-system" in command.text:
            continue
        for kind, name in re.findall(r"(?<![\w/])(deploy|job|cronjob|svc)/([a-z-]+)(?![\w/])", command.text):
            assert find_resource(RESOURCES, KINDS[kind], name) is not None, command.text


def test_crontab_makes_the_same_backups_as_the_cronjob() -> None:
    """cron ends a command at `%`, begins in the home folder, and has no terminal."""
    (line,) = (
        one.text for one in guides.commands(guides.ROOT / "docs/deploy.md") if re.match(r"(?:[\d*]+ ){5}", one.text)
    )
    *times, command = line.split(" ", 5)
    assert "%" not in line
    folder, compose, backup = re.split(r" && | tools ", command)
    assert folder.startswith("cd /")
    assert "--no-TTY" in compose or "-T" in compose.split()
    cronjob = find_resource(RESOURCES, "CronJob", "backup")
    assert cronjob is not None
    assert " ".join(times) == cronjob["spec"]["schedule"]
    ((_, container),) = containers([cronjob])
    assert shlex.split(backup) == container["command"]


def test_unfinished_backups_are_older_than_any_job() -> None:
    cronjob = find_resource(RESOURCES, "CronJob", "backup")
    assert cronjob is not None
    limit = cronjob["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert timedelta(seconds=limit) == backup_folder.LONGEST_BACKUP


@every_page
def test_what_makes_something_can_be_typed_again(page: Path) -> None:
    """A Job or file with a fixed name would be refused the second time."""
    for command in guides.commands(page):
        for name in re.findall(r"create job \S+ (\S+)", command.text):
            assert "$" in name, command.text
        for name in re.findall(r"docker compose run .*parley backup (\S+)", command.text):
            assert "$" in name or name == "/backup", command.text


_RULES = [
    rule
    for file in sorted((guides.ROOT / "deploy/prometheus/rules").glob("*.yaml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
_ABOUT = re.compile(r"\$labels\.(service|group|consumer)\b")


@pytest.mark.parametrize(
    "alert", sorted({one["alert"] for one in _RULES if _ABOUT.search(one["annotations"]["summary"])})
)
def test_runbook_acts_on_the_service_of_the_alert(alert: str) -> None:
    """A pasted command must not roll back a service that is well."""
    page = guides.ROOT / f"docs/runbooks/{alert}.md"
    fixed = [
        one.text
        for one in guides.commands(page)
        if re.search(rf"(deploy/|name=)({'|'.join(SERVICES)})\b", one.text) and "shared.kafka.admin" not in one.text
    ]
    assert fixed == []


@every_page
def test_commands_need_no_program_that_an_operator_lacks(page: Path) -> None:
    """The images have no `redis-cli`, and production's stores are outside the namespace of Parley."""
    for command in guides.commands(page):
        if page.name == "alerts-fired.md":  # says what was typed at the time
            continue
        assert not re.search(r"redis-cli|REDIS_URL\"", command.text) or "docker compose exec redis" in command.text
        assert "-n parley get pvc" not in command.text
        assert not re.search(r"-n parley get pods.*(kafka|mongo|redis)", command.text)
