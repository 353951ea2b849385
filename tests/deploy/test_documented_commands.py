"""Commands in the guides and runbooks can be run: they exist with these options, in the image that they name."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from devtools.cli.main import build
from devtools.deploy.pods import containers, find_resource
from tests.deploy.unrendered import PROJECT, base_resources, resources_in

DOCS = PROJECT / "docs"
PAGES = sorted(
    [
        *(DOCS / "runbooks").glob("*.md"),
        *(DOCS / f"{name}.md" for name in ("deploy", "operations", "observability", "webhooks-out", "first-number")),
    ]
)
KINDS = {"deploy": "Deployment", "job": "Job", "cronjob": "CronJob", "svc": "Service"}
RESOURCES = [*base_resources(), *resources_in("components/tools", "components/backup")]


def _commands(page: Path) -> Iterator[str]:
    """Yield each line of a block of commands, and each command in a sentence."""
    text = page.read_text()
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for block in blocks:
        yield from block.replace("\\\n", " ").splitlines()
    sentences = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", sentences)
    yield from re.findall(r"^    (.+)$", sentences, re.MULTILINE)


def _parley_commands(page: Path) -> list[list[str]]:
    found = []
    for line in _commands(page):
        for part in re.findall(r"(?<!-n )(?<!namespace )(?<![\w/.-])parley ((?:[^|;#`'…]|'[^']*')+)", line):
            words = shlex.split(re.sub(r"\$\(.*?\)", "X", part), comments=True)
            if words and re.fullmatch(r"[a-z-]+", words[0]):
                found.append(words)
    return found


def _leaf(words: list[str]) -> tuple[Any, list[str]]:
    command: Any = typer.main.get_command(build())
    left = list(words)
    while hasattr(command, "resolve_command") and left and not left[0].startswith("-"):
        assert left[0] in command.commands, f"parley {' '.join(words)}"
        _, command, left = command.resolve_command(typer.Context(command), left)
    return command, left


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_parley_commands_exist_with_their_options(page: Path) -> None:
    for words in _parley_commands(page):
        command, left = _leaf(words)
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
        options = {word.partition("=")[0] for word in left if re.match(r"--?[a-z]", word)}
        assert options <= known, f"parley {' '.join(words)}: {options - known}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_replays_need_no_terminal(page: Path) -> None:
    for words in _parley_commands(page):
        if words[:2] == ["dlq", "replay"] and len(words) > 2:  # a mention has no selector
            assert "--yes" in words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_parley_is_run_in_the_image_that_has_it(page: Path) -> None:
    text = page.read_text()
    for name in re.findall(r"exec [^`\n]*?deploy/(\S+) -- parley", text):
        deployment = find_resource(RESOURCES, "Deployment", name)
        assert deployment is not None, name
        assert [one["image"] for _, one in containers([deployment])] == ["parley-tools"], name
    assert set(re.findall(r"docker compose run [^`\n]*?(\w+) (?:sh -c ')?parley", text)) <= {"tools"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_resources_in_kubectl_commands_exist(page: Path) -> None:
    for line in _commands(page):
        if "kubectl" not in line or "-n kube-system" in line:
            continue
        for kind, name in re.findall(r"(?<![\w/])(deploy|job|cronjob|svc)/([a-z-]+)(?![\w/])", line):
            assert find_resource(RESOURCES, KINDS[kind], name) is not None, line
