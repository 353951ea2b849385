"""Commands in README, guides and runbooks can be parsed, and the image or resource that they name has them.

`tests/guides` runs them.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from devtools import guides
from devtools.cli.main import build
from devtools.deploy.pods import containers, find_resource
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
