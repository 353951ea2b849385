"""Translates a pattern parsed by Python into the syntax of RE2, over the bytes of an `Alphabet`. Pure.

Owners write the syntax that Python's `re` documents. Back references, look-around and atomic groups, which RE2 lacks,
are refused.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from shared.flows.patterns.alphabet import Alphabet, CharClass, CharTest

_op: Any = import_module("re._constants")  # not typed

_TYPE_FLAGS = re.ASCII | re.LOCALE | re.UNICODE
MAX_INPUT = 1000  # characters of a text; a repetition up to this count is written without an upper limit
_NO_CHARACTER, _ANY_CHARACTER = r"[^\x00-\xff]", r"[\x00-\xff]"
_GREEDY, _LAZY = _op.MAX_REPEAT, _op.MIN_REPEAT
_UNSUPPORTED = {
    _op.GROUPREF: "it refers back to a group",
    _op.GROUPREF_EXISTS: "it refers back to a group",
    _op.ASSERT: "it looks ahead or behind",
    _op.ASSERT_NOT: "it looks ahead or behind",
    _op.ATOMIC_GROUP: "it has a group that is never tried again",
    _op.POSSESSIVE_REPEAT: "it has a repetition that is never tried again",
}
_ANCHORS = {
    _op.AT_BEGINNING_STRING: r"\A",
    _op.AT_END_STRING: r"\z",
    _op.AT_BOUNDARY: r"\b",
    _op.AT_NON_BOUNDARY: r"\B",
}
_CLASSES = {_op.CATEGORY_DIGIT: CharClass.DIGIT, _op.CATEGORY_SPACE: CharClass.SPACE, _op.CATEGORY_WORD: CharClass.WORD}
_NEGATED_CLASSES = {
    _op.CATEGORY_NOT_DIGIT: CharClass.DIGIT,
    _op.CATEGORY_NOT_SPACE: CharClass.SPACE,
    _op.CATEGORY_NOT_WORD: CharClass.WORD,
}


class UnsupportedSyntax(ValueError):
    """Raised for syntax that RE2 lacks; the text is for people."""


def flags_within(flags: int, added: int, removed: int) -> int:
    """Return the flags within a group such as `(?i-s:…)`."""
    return ((flags & ~_TYPE_FLAGS if added & _TYPE_FLAGS else flags) | added) & ~removed


def char_tests(tree: Any, flags: int) -> Iterator[CharTest]:
    """Yield all tests that a pattern applies to characters. Raises UnsupportedSyntax."""
    for op, argument in tree:
        if op in _UNSUPPORTED:
            raise UnsupportedSyntax(f"{_UNSUPPORTED[op]}, which is not supported")
        if op in (_op.LITERAL, _op.NOT_LITERAL, _op.ANY, _op.IN):
            yield char_test(op, argument, flags)
        for part, inner in _sub_patterns(op, argument, flags):
            yield from char_tests(part, inner)


def uses_word_boundaries(tree: Any) -> bool:
    """Return whether a pattern contains `\\b` or `\\B`."""
    return any(
        (op is _op.AT and argument in (_op.AT_BOUNDARY, _op.AT_NON_BOUNDARY))
        or any(uses_word_boundaries(part) for part, _ in _sub_patterns(op, argument, 0))
        for op, argument in tree
    )


def char_test(op: Any, argument: Any, flags: int) -> CharTest:
    """Return the test that one item of a pattern applies to a character."""
    folds, ascii_only = bool(flags & re.IGNORECASE), bool(flags & re.ASCII)
    if op is _op.ANY:
        return CharTest(negated=True, ranges=() if flags & re.DOTALL else ((10, 10),))
    if op in (_op.LITERAL, _op.NOT_LITERAL):
        negated = op is _op.NOT_LITERAL
        return CharTest(ranges=((argument, argument),), negated=negated, ignore_case=folds, ascii_only=ascii_only)
    ranges = tuple((value, value) if item is _op.LITERAL else value for item, value in argument if item in _RANGES)
    categories = [value for item, value in argument if item is _op.CATEGORY]
    return CharTest(
        ranges=tuple(sorted(set(ranges))),
        classes=tuple(_CLASSES[name] for name in categories if name in _CLASSES),
        negated_classes=tuple(_NEGATED_CLASSES[name] for name in categories if name in _NEGATED_CLASSES),
        negated=any(item is _op.NEGATE for item, _ in argument),
        ignore_case=folds,
        ascii_only=ascii_only,
    )


_RANGES = (_op.LITERAL, _op.RANGE)


@dataclass(frozen=True, slots=True)
class _Context:
    """Context for writing all items. groups: numbers of the groups to capture."""

    alphabet: Alphabet
    groups: frozenset[int]


def to_re2(tree: Any, flags: int, alphabet: Alphabet, groups: frozenset[int]) -> str:
    """Return the pattern for RE2. groups: numbers of the groups to capture."""
    return _to_re2(tree, flags, _Context(alphabet, groups))


def _to_re2(tree: Any, flags: int, context: _Context) -> str:
    return "".join(_WRITERS.get(op, _write_test)(op, argument, flags, context) for op, argument in tree)


def _sub_patterns(op: Any, argument: Any, flags: int) -> Iterator[tuple[Any, int]]:
    """Yield the patterns within an item, with their flags."""
    if op is _op.BRANCH:
        yield from ((part, flags) for part in argument[1])
    elif op is _op.SUBPATTERN:
        yield argument[3], flags_within(flags, argument[1], argument[2])
    elif op in (_GREEDY, _LAZY):
        yield argument[2], flags


def _write_test(op: Any, argument: Any, flags: int, context: _Context) -> str:
    return _char_class(context.alphabet.bytes_for(char_test(op, argument, flags)), context.alphabet.size)


def _char_class(symbols: Sequence[int], all_symbols: int) -> str:
    if not symbols:
        return _NO_CHARACTER
    if len(symbols) == all_symbols:
        return _ANY_CHARACTER
    return f"[{''.join(_ranges(symbols))}]"


def _ranges(symbols: Sequence[int]) -> Iterator[str]:
    first = last = symbols[0]
    for symbol in (*symbols[1:], 1000):
        if symbol != last + 1:
            yield rf"\x{first:02x}-\x{last:02x}" if first < last else rf"\x{first:02x}"
            first = symbol
        last = symbol


def _write_anchor(op: Any, argument: Any, flags: int, context: _Context) -> str:
    if argument in _ANCHORS:
        return _ANCHORS[argument]
    lines = bool(flags & re.MULTILINE)
    if argument is _op.AT_BEGINNING:
        return "(?m:^)" if lines else r"\A"
    return "(?m:$)" if lines else r"\z"


def _write_branch(op: Any, argument: Any, flags: int, context: _Context) -> str:
    return f"(?:{'|'.join(_to_re2(part, flags, context) for part in argument[1])})"


def _write_group(op: Any, argument: Any, flags: int, context: _Context) -> str:
    group, added, removed, body = argument
    return f"({'' if group in context.groups else '?:'}{_to_re2(body, flags_within(flags, added, removed), context)})"


def _write_repeat(op: Any, argument: Any, flags: int, context: _Context) -> str:
    least, most, body = argument
    times = f"{{{least},{'' if most >= MAX_INPUT else most}}}"
    return f"(?:{_to_re2(body, flags, context)}){times}{'?' if op is _LAZY else ''}"


def _write_failure(op: Any, argument: Any, flags: int, context: _Context) -> str:
    return _NO_CHARACTER


_Writer = Callable[[Any, Any, int, _Context], str]
_WRITERS: dict[Any, _Writer] = {
    _op.AT: _write_anchor,
    _op.BRANCH: _write_branch,
    _op.SUBPATTERN: _write_group,
    _GREEDY: _write_repeat,
    _LAZY: _write_repeat,
    _op.FAILURE: _write_failure,
}
