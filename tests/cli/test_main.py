"""The entry point: the table of commands, what is imported when, and what a real process does."""

import subprocess
import sys

import pytest

from devtools.cli.lazy_group import load
from devtools.cli.main import COMMANDS
from tests.cli.runner import ROOT, parley, parley_process

_HELP_AND_MODULES = """
import sys
from devtools.cli.main import main
sys.argv = ["parley", "--help"]
try:
    main()
except SystemExit:
    print(*sys.modules)
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_line_of_help_is_the_first_sentence_of_the_commands_own(name: str) -> None:
    module, text = COMMANDS[name]
    assert load(name, f"devtools.cli.{module}").help.replace("\n", " ").startswith(text)


def test_all_commands_are_listed() -> None:
    shown = parley("--help")
    assert shown.code == 0
    assert all(f" {name} " in shown.out for name in COMMANDS)


def test_help_imports_no_command_and_no_driver() -> None:
    """Nothing that takes long to import: start-up is what a person waits for."""
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


def test_process_ends_with_the_exit_code_of_the_command() -> None:
    assert parley_process("capacity", "1000").code == 0
    assert parley_process("statu").code == 2
    refused = parley_process("status", "--dir", "/nonexistent")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("parley: no stack runs in ")
    assert refused.err.count("\n") == 1
