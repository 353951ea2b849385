"""Refuses patterns that would take exponential time in a backtracking engine. Pure.

RE2 (`regex.py`) does not backtrack. Such patterns are refused all the same: owners reuse patterns in other tools, and a
release before RE2, which may still run during a deploy, would hang on them.
"""

from dataclasses import dataclass
from importlib import import_module
from math import factorial
from typing import Any

from shared.flows.patterns.re2_syntax import MAX_INPUT

_op: Any = import_module("re._constants")  # not typed

_MIN_INPUT = 100
_MAX_TRIES = 2_000_000
_REPEATS = (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT)


class TooMuchBacktracking(ValueError):
    """Raised for a pattern that could backtrack too much; the text is for people."""


@dataclass(slots=True)
class _Cost:
    """The cost of a pattern. open_ended: repetitions without an upper limit. choices: product of all other choices."""

    open_ended: int = 0
    choices: int = 1


def check_backtracking(tree: Any) -> None:
    """Raise TooMuchBacktracking if a pattern could take too long. tree: of Python's parser."""
    cost = _Cost()
    _add_cost(tree, cost, repeated=False)
    if cost.choices > _MAX_TRIES:
        raise TooMuchBacktracking("too many optional parts and alternatives: it could take for ever")
    # Of n characters, k repetitions take their shares in about n**k / k! ways.
    if cost.open_ended and (_MAX_TRIES * factorial(cost.open_ended) / cost.choices) < _MIN_INPUT**cost.open_ended:
        raise TooMuchBacktracking("too many `*`, `+`, `?` and alternatives: it could take for ever")


def _add_cost(tree: Any, cost: _Cost, *, repeated: bool) -> None:
    for op, argument in tree:
        if op in _REPEATS:
            _add_repeat_cost(argument, cost, repeated=repeated)
        elif op is _op.BRANCH:
            if repeated:
                raise TooMuchBacktracking("alternatives within a repetition could take for ever")
            cost.choices *= len(argument[1])
            for branch in argument[1]:
                _add_cost(branch, cost, repeated=repeated)
        elif op is _op.SUBPATTERN:
            _add_cost(argument[-1], cost, repeated=repeated)
        elif op is _op.ATOMIC_GROUP:
            _add_cost(argument, cost, repeated=repeated)


def _add_repeat_cost(argument: Any, cost: _Cost, *, repeated: bool) -> None:
    least, most, body = argument
    varies = least != most
    if varies and repeated:
        raise TooMuchBacktracking("a repetition within a repetition could take for ever")
    if varies:
        _count_choices(least, most, cost)
    elif most > MAX_INPUT:
        raise TooMuchBacktracking("it repeats something too often")
    _add_cost(body, cost, repeated=repeated or most > 1)


def _count_choices(least: int, most: int, cost: _Cost) -> None:
    if most == _op.MAXREPEAT or most - least >= MAX_INPUT:
        cost.open_ended += 1
    else:
        cost.choices *= most - least + 1
