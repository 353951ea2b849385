"""Differences of two versions of a flow: those of difflib, with a bound on the work."""

import difflib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.operations.flows.differences import unified_diff

TEXTS = st.lists(st.sampled_from("abcd"), max_size=30).map("\n".join)


@given(TEXTS, TEXTS, st.integers(0, 20))
def test_difference_can_be_applied(before: str, after: str, around: int) -> None:
    same = "".join(f"same {number}\n" for number in range(around))
    before, after = same + before + "\n" + same, same + after + "\n" + same
    assert applied(before, unified_diff(before, after, "old", "new")) == after.splitlines()


def test_difference_is_that_of_difflib() -> None:
    lines = [f"line {number}" for number in range(50)]
    changed = [*lines[:20], "another", *lines[21:30], *lines[33:], "more"]
    expected = "\n".join(difflib.unified_diff(lines, changed, "1", "2", lineterm=""))
    assert unified_diff("\n".join(lines), "\n".join(changed), "1", "2") == expected
    assert unified_diff("a\nb", "a\nb", "1", "2") == ""


def test_long_difference_is_shown_as_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    class Counting(difflib.SequenceMatcher[str]):
        def __init__(self, junk: Any, a: list[str], b: list[str]) -> None:
            compared.append(len(a) * len(b))
            super().__init__(junk, a, b)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counting)
    before = "\n".join(f"line {number % 7} {number % 11}" for number in range(16_000))
    after = "\n".join(f"line {number % 5} {number % 13}" for number in range(16_000))
    assert applied(before, unified_diff(before, after, "old", "new")) == after.splitlines()
    assert compared == []
    assert applied(before, unified_diff(before, before + "\nmore", "old", "new"))[-1] == "more"
    assert sum(compared) < 100, "equal lines are not compared"


def applied(before: str, diff: str) -> list[str]:
    """Return the text after a unified diff is applied; fails if the diff does not fit it."""
    old, new, place = before.splitlines(), [], 0
    for line in diff.splitlines()[2:]:
        kind, rest = line[0], line[1:]
        if kind == "@":
            first, _, length = line.split()[1][1:].partition(",")
            start = int(first) - (length != "0")
            new += old[place:start]
            place = start
        elif kind == "+":
            new.append(rest)
        else:
            assert old[place] == rest
            place += 1
            new += [rest] if kind == " " else []
    return [*new, *old[place:]]
