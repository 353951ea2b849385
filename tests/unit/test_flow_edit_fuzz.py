"""Random operations on flow files: only what they concern changes, and each can be undone.

FLOW_EDIT_FUZZ: number of sequences of operations; the parts then have no time limit.
"""

import difflib
import json
import os
import random
import re
from collections import Counter

import pytest
import yaml

from shared.flows.edit.apply import apply
from shared.flows.edit.operations import operation_of
from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import compose, read_tree
from tests.unit import flow_edit_reference as reference
from tests.unit.flow_texts import dressed, examples, generated, with_comments

_WANTED = os.environ.get("FLOW_EDIT_FUZZ")
SEQUENCES = int(_WANTED or "300")
PARTS = max(10, SEQUENCES // 50)
OPERATIONS = 6
_MARK = re.compile(r"§\w+§")
_EXAMPLES = examples()


@pytest.mark.timeout(0 if _WANTED else 120)
@pytest.mark.parametrize("part", range(PARTS))
def test_random_operations_change_only_what_they_concern(part: int) -> None:
    done = refused = 0
    for number in range(part, max(SEQUENCES, PARTS), PARTS):
        chance = random.Random(number)
        source = _start(number, chance)
        for _ in range(OPERATIONS):
            operation = reference.random_operation(read_tree(source, quick=True).value, chance)
            try:
                source = _checked(source, operation)
                done += 1
            except Refused as error:
                assert error.line >= 1
                refused += 1
    assert done > refused / 4, (done, refused)


def _start(number: int, chance: random.Random) -> str:
    if number % 2:
        return dressed(generated(chance), chance)
    return with_comments(_EXAMPLES[(number // 2) % len(_EXAMPLES)], chance)


def _checked(source: str, operation: dict[str, object]) -> str:
    """Return the text after an operation that is done rightly. Raises Refused."""
    edited = apply(source, operation_of(operation))
    about = f"{operation}\n{source!r}\n{edited.source!r}"
    before, after = read_tree(source, quick=True).value, read_tree(edited.source).value
    wanted = reference.expected(before, operation)
    assert json.dumps(reference.long_form(after)) == json.dumps(wanted), about
    assert apply(edited.source, edited.inverse).source == source, about
    redone = apply(source, apply(edited.source, edited.inverse).inverse).source
    assert redone == edited.source, about
    if operation["op"] not in ("unset", "delete_step"):
        assert sorted(_MARK.findall(edited.source)) == sorted(_MARK.findall(source)) or not _lost(
            source, edited.source
        ), about
    _assert_other_lines_stay(source, edited.source, operation, about)
    return edited.source


def _lost(source: str, edited: str) -> set[str]:
    """Return the comments that are gone; texts have such marks too."""
    return {mark for mark in _MARK.findall(source) if f"# {mark}" in source and f"# {mark}" not in edited}


def _assert_other_lines_stay(source: str, edited: str, operation: dict[str, object], about: str) -> None:
    """Assert that each line that has gone is one of a step or key whose value has changed."""
    assert edited.startswith("\ufeff") == source.startswith("\ufeff"), about
    old, new = source.removeprefix("\ufeff"), edited.removeprefix("\ufeff")
    assert ("\r\n" in new) == ("\r\n" in old) or "\n" not in old, about
    assert old.endswith("\n") == new.endswith("\n"), about
    allowed = _changed_lines(old, new, operation)
    kept = [line for number, line in enumerate(old.splitlines()) if number not in allowed and line.strip()]
    assert not Counter(kept) - Counter(new.splitlines()), about
    if operation["op"] in ("move_step", "delete_step"):  # a diff may show equal lines of other steps as gone
        return
    lines = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    gone = {
        line
        for tag, begin, end, _, _ in lines.get_opcodes()
        if tag in ("delete", "replace")
        for line in range(begin, end)
    }
    assert gone <= allowed, (sorted(gone - allowed), about)


def _changed_lines(old: str, new: str, operation: dict[str, object]) -> set[int]:
    before, after = read_tree(old, quick=True).value, read_tree(new, quick=True).value
    root = compose(old, quick=True)
    assert isinstance(root, yaml.MappingNode)
    pairs = list(root.value)
    bounds: list[tuple[tuple[str, ...], int]] = []
    for key, item in pairs:
        if key.value == "steps" and isinstance(item, yaml.MappingNode) and not item.flow_style:
            bounds += [(("steps", name.value), name.start_mark.line) for name, _ in item.value]
        else:
            bounds.append(((key.value,), key.start_mark.line))
    lines = old.splitlines()
    allowed: set[int] = set()
    for (path, begin), (_, end) in zip(bounds, [*bounds[1:], ((), len(lines))], strict=True):
        whole = ("steps", operation["name"]) if "name" in operation else tuple(operation["path"])  # type: ignore[arg-type]
        moved = operation["op"] in ("move_step", "delete_step", "unset") and path == whole
        if moved or _at(before, path) != _at(after, path):
            while moved and begin and lines[begin - 1].strip()[:1] in ("#", ""):
                begin -= 1
            allowed |= set(range(begin, end))
    return allowed


def _at(value: object, path: tuple[str, ...]) -> str:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return "nothing"
        value = value[part]
    return json.dumps(value)
