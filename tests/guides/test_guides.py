"""Every command of README and docs runs as it is printed, with the test's own names in place of placeholders.

`not_run.py` lists those that do not run here, `placeholders.py` the placeholders, `shown.py` exit codes and output.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from devtools import guides
from devtools.cli.main import build
from devtools.guides import DocumentedCommand
from tests.guides import executed
from tests.guides.not_run import NOT_RUN
from tests.guides.placeholders import PLACEHOLDERS, filled
from tests.guides.sample import Sample
from tests.guides.sample_folder import sample_in
from tests.guides.shown import SHOWN

ENDLESS = "parley tail"
NEEDS_A_BROKER = r"parley topics|shared\.kafka\.admin"  # of its own process
IN_THE_POD = "tools "  # a function of docs/deploy.md; here `parley` is at hand
STDIN = {
    "parley chat": "when do you open?\n",
    "parley flow simulate docs/examples/flows/lead.yaml": "My home\n300\nada@example.com\n",
    "parley flow simulate": "table\n4\n",
}
TWO_WORKSPACES = ("docs/operations.md", "docs/faq.md", "docs/first-number.md")  # behind pages that name none
PARLEY: Any = typer.main.get_command(build())


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    with sample_in(tmp_path_factory.mktemp("guides")) as sample:
        yield sample


def line(command: DocumentedCommand) -> str:
    return f"{command.page} {command.text}"


def is_mention(command: DocumentedCommand) -> bool:
    """Return whether a sentence only names a command of `parley`: a group, or one that needs more."""
    words = command.text.removeprefix(IN_THE_POD).split()
    if not command.in_sentence or words[0] != "parley":
        return False
    found, left = PARLEY, words[1:]
    while hasattr(found, "resolve_command") and left and left[0] in found.commands:
        _, found, left = found.resolve_command(typer.Context(found), left)
    needs_more = hasattr(found, "resolve_command") or any(one.required for one in found.params)
    return left == ["…"] or (not left and needs_more)


def commands_to_run() -> dict[str, list[DocumentedCommand]]:
    """Return the commands of each page. One that pages share is run once, unless a table has something for a page."""
    patterns = [*(one.command for one in PLACEHOLDERS), *(one.command for one in SHOWN)]
    special = [pattern for pattern in patterns if ".md " in pattern]
    seen: set[str] = set()
    found: dict[str, list[DocumentedCommand]] = {}
    for command in PRINTED:
        own = [pattern for pattern in special if re.search(pattern, line(command))]
        key = f"{command.text} {own}"
        if key in seen or is_mention(command) or any(re.search(one.pattern, line(command)) for one in NOT_RUN):
            continue
        seen.add(key)
        found.setdefault(command.page, []).append(command)
    return found


def rank(page: Path) -> tuple[int, bool, str]:
    name = guides.name_of(page)
    last = TWO_WORKSPACES.index(name) + 1 if name in TWO_WORKSPACES else 0
    return last, "runbooks" in name, name


PRINTED = [command for page in sorted(guides.PAGES, key=rank) for command in guides.commands(page)]
COMMANDS = commands_to_run()


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", COMMANDS)
def test_commands_run_as_they_are_printed(live: Sample, page: str) -> None:
    wrong = [problem for command in COMMANDS[page] if (problem := _run(live, command))]
    assert not wrong, "\n\n".join(wrong)


def _run(sample: Sample, command: DocumentedCommand) -> str:
    """Run a command; return what is wrong with its result."""
    if re.search(NEEDS_A_BROKER, command.text) and sample.live.stack.info["kafka_kind"] == "embedded":
        return ""
    began = time.monotonic()
    try:
        text = filled(command.page, command.text, sample).removeprefix(IN_THE_POD)
        stdin = next((lines for start, lines in STDIN.items() if text.startswith(start)), "")
        done = sample.run(text, stdin, endless=text.startswith(ENDLESS))
    except AssertionError as error:
        return f"{command.page}:{command.line}: {command.text}: {error}"
    print(f"$ {text}\n{done.out[:2000]}{done.err[:1000]}[{done.code}, {time.monotonic() - began:.1f} s]\n")  # noqa: T201 - to be read after a failure
    shown = [one for one in SHOWN if re.search(one.command, line(command))]
    codes = {one.code for one in shown if one.code} or {0}
    missing = [one for row in shown for one in row.output if not re.search(one, done.out, re.MULTILINE)]
    if done.code in codes and not missing and "Traceback" not in done.err:
        return ""
    return f"{command.page}:{command.line}: {text}: {done.code}, lacks {missing}: {done.out[-800:]}{done.err[-800:]}"


@pytest.mark.e2e
def test_env_file_of_the_stack_sets_the_secret_that_the_readme_names(live: Sample) -> None:
    assert "`. .parley/env` sets `META_APP_SECRET`" in (guides.ROOT / "README.md").read_text()
    done = live.run("env -i sh -c '. .parley/env; echo \"$META_APP_SECRET\"'")
    assert done.out.strip()


@pytest.mark.parametrize("one", NOT_RUN, ids=lambda one: one.pattern)
def test_commands_that_are_not_run_are_on_a_page_and_the_check_that_runs_them_exists(one: Any) -> None:
    assert any(re.search(one.pattern, line(command)) for command in PRINTED)
    assert not one.by or (guides.ROOT / one.by).exists()


@pytest.mark.parametrize("page", guides.PAGES, ids=guides.name_of)
def test_checks_that_are_said_to_run_a_command_do_so(page: Path) -> None:
    """Of `docker` and `kubectl`: the check has the verbs of the command, or reads it from the page."""
    blocks, _ = guides.split(page)
    for command in guides.commands(page):
        checks = [one.by for one in NOT_RUN if one.by and re.search(one.pattern, line(command))]
        if checks and re.match("docker |kubectl ", command.text):
            block = "" if command.in_sentence else next(one.text for one in blocks if _is_in(command, one))
            assert any(executed.by(check, command, block) for check in checks), f"{line(command)}: not by {checks}"


def _is_in(command: DocumentedCommand, block: guides.Block) -> bool:
    return block.line <= command.line < block.line + len(block.text.splitlines())


@pytest.mark.parametrize(
    ("check", "text", "block", "runs"),
    [
        ("cluster/verify.py", "kubectl -n parley rollout undo deploy/router", "", True),
        ("cluster/verify.py", "kubectl -n parley rollout pause deploy/router", "", False),
        (
            "cluster/verify.py",
            "kubectl -n parley create secret generic a",
            "create secret generic parley-secrets",
            True,
        ),
        ("cluster_pods/faults.py", "kubectl -n parley edit deploy/router", "", False),
        ("engine/compose.py", "docker compose pull", "", False),
    ],
)
def test_false_claim_is_noticed(check: str, text: str, block: str, runs: bool) -> None:
    command = DocumentedCommand("docs/deploy.md", 1, text, in_sentence=not block)
    assert executed.by(f"devtools/deploy/{check}", command, block) is runs


@pytest.mark.parametrize("one", [*PLACEHOLDERS, *SHOWN], ids=lambda one: one.command)
def test_rows_of_the_tables_are_of_commands_that_run(one: Any) -> None:
    assert any(re.search(one.command, line(command)) for commands in COMMANDS.values() for command in commands)


@pytest.mark.parametrize("page", guides.PAGES, ids=guides.name_of)
def test_blocks_without_a_language_have_commands(page: Path) -> None:
    blocks, _ = guides.split(page)
    for block in blocks:
        if block.has_commands:
            assert re.match(r"[\w./-]+ |[A-Z_]+=|\w+\(\)", block.text), block.text
            assert not re.search("[─▶→]", block.text), block.text
