"""`parley flow pull` takes a draft into its file, and never over changes that are only there."""

from pathlib import Path

import pytest

from devtools.cli.flow_pull import Pulled, written
from devtools.stack.errors import StackError

DRAFT = "flow: hello\r\nsteps:\r\n  a: New   # kept\r\n"
PULLED = Pulled(DRAFT, frozenset({"flow: hello\nsteps:\n  a: Old\n"}), "tests: []\n")


def test_draft_and_tests_are_written_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "flows" / "hello.yaml"
    assert [line.rpartition(": ")[2] for line in written(file, PULLED, force=False)] == ["made", "made"]
    assert file.read_bytes() == DRAFT.encode()
    assert written(file, PULLED, force=False) == [f"{file}: is the draft already"]


def test_a_version_that_the_console_knows_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    file.write_text("flow: hello\nsteps:\n  a: Old\n", encoding="utf-8")
    assert written(file, PULLED, force=False)[0].endswith("replaced")


def test_changes_of_the_file_are_kept_unless_forced(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    file.write_text("flow: hello\nsteps:\n  a: Mine\n", encoding="utf-8")
    with pytest.raises(StackError, match=r"(?s)does not know.*-  a: Mine"):
        written(file, PULLED, force=False)
    assert "Mine" in file.read_text(encoding="utf-8")
    file.with_suffix(".test.yaml").write_text("tests: [] # mine\n", encoding="utf-8")
    done = written(file, PULLED, force=True)
    assert [line.rpartition(": ")[2] for line in done] == ["replaced", "replaced"]
