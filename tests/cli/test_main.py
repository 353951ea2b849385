"""The entry point: list of commands, lazy imports, exit codes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.cli.lazy_group import load
from devtools.cli.main import COMMANDS
from tests.cli.runner import ROOT, parley, parley_process


@pytest.mark.parametrize("name", COMMANDS)
def test_summary_in_command_list_begins_the_commands_own_help(name: str) -> None:
    module, text = COMMANDS[name]
    assert load(name, f"devtools.cli.{module}").help.replace("\n", " ").startswith(text)


def test_summaries_of_groups_name_exactly_their_commands() -> None:
    loaded = {name: load(name, f"devtools.cli.{module}") for name, (module, _) in COMMANDS.items()}
    groups = {name: COMMANDS[name][1] for name, one in loaded.items() if hasattr(one, "commands")}
    lists = {name: text.rstrip(".").partition(": ")[2].split(", ") for name, text in groups.items() if ": " in text}
    named = {name: {part.split()[0] for part in parts} for name, parts in lists.items()}
    assert named == {name: set(loaded[name].commands) for name in lists}
    assert groups.keys() - lists.keys() == {"bench"}


def test_readme_names_all_commands_of_a_group() -> None:
    page = (ROOT / "README.md").read_text()
    lines = re.findall(r"^parley (\w+) (\w+)[^#\n]*#[^\n]*; also: ([\w, ]+)$", page, flags=re.M)
    assert len(lines) > 5
    for name, first, others in lines:
        assert {first, *others.split(", ")} == set(load(name, f"devtools.cli.{COMMANDS[name][0]}").commands), name


def test_help_lists_all_commands() -> None:
    shown = parley("--help")
    assert shown.code == 0
    assert all(f" {name} " in shown.out for name in COMMANDS)


def test_help_imports_neither_commands_nor_drivers() -> None:
    """Slow imports would delay every command."""
    show = (
        "import sys, devtools.cli.main as m; sys.argv = ['parley', '--help']\ntry: m.main()\nexcept SystemExit: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", show + "print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    imported = done.stdout.splitlines()[-1].split()
    assert not {"pymongo", "aiokafka", "msgspec", "pydantic", "httpx2"} & set(imported)
    ours = {name for name in imported if name.startswith(("devtools.cli.", "shared.", "services."))}
    assert ours <= {
        *("devtools.cli.main", "devtools.cli.lazy_group", "devtools.cli.printable_output"),
        *("shared.text", "shared.text.printable", "shared.operations", "shared.operations.errors"),
    }


def test_typo_gets_a_suggestion() -> None:
    done = parley("statu")
    assert (done.code, "Did you mean 'status'" in done.err) == (2, True)


@pytest.mark.parametrize("command", [["stats"], ["trace", "wamid.x"], ["channels", "list"]], ids=lambda it: it[0])
def test_command_without_a_stack_says_how_to_start_one(command: list[str], tmp_path: Path) -> None:
    done = parley(*command, "--dir", str(tmp_path), env={"SECRETS_KEY": ""})
    assert done.code == 1
    assert "no local stack is running here, and SECRETS_KEY is not set: start a stack with `parley run`" in done.err


def test_process_ends_with_the_exit_code_of_the_command() -> None:
    assert parley_process("capacity", "1000").code == 0
    assert parley_process("statu").code == 2
    refused = parley_process("status", "--dir", "/nonexistent")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("parley: no stack is running in ")
    assert refused.err.count("\n") == 1
