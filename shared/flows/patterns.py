"""Regular expressions that owners write, within what can never take long.

Python's `re` backtracks: some patterns take for ever on some texts. How often a pattern may have to try again is the
product of the choices in it, so the pattern itself says how long a text it may be tried on; one for which that would be
too short is refused, as is a repetition within a repetition. A pattern matches a text as a whole, in any case.
"""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from math import factorial
from re import _constants as _op  # type: ignore[attr-defined]  # not typed
from re import _parser as _reader  # type: ignore[attr-defined]  # the only reader of the very same syntax
from typing import Any

MOST_CHARACTERS = 200
MOST_INPUT = 1000
_LEAST_INPUT = 100
_TRIES = 2_000_000  # some hundredths of a second
_REPEATS = (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT)
_REFUSED = {
    _op.GROUPREF: "it refers back to a group",
    _op.GROUPREF_EXISTS: "it refers back to a group",
    _op.ASSERT: "it looks ahead or behind",
    _op.ASSERT_NOT: "it looks ahead or behind",
}


class PatternRefused(ValueError):
    """Not a pattern, or one that could take long; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """longest: of the texts that it is tried on; a longer one does not match."""

    text: str
    compiled: re.Pattern[str]
    longest: int

    def matches(self, text: str) -> bool:
        """Whether the whole text, without white space around it, is what the pattern says."""
        text = text.strip()
        return len(text) <= self.longest and self.compiled.fullmatch(text) is not None


@dataclass(slots=True)
class _Cost:
    open_ended: int = 0
    choices: int = 1


@lru_cache(maxsize=1024)
def parse(text: str) -> Pattern:
    """Raises PatternRefused."""
    if len(text) > MOST_CHARACTERS:
        raise PatternRefused(f"a pattern has at most {MOST_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _reader.parse(text, re.IGNORECASE)
            cost = _Cost()
            _weigh(tree, cost, repeated=False)
            longest = _longest(cost)
            compiled = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        if isinstance(error, PatternRefused):
            raise
        raise PatternRefused(f"not a regular expression: {error}") from None
    return Pattern(text, compiled, longest)


def _longest(cost: _Cost) -> int:
    if cost.choices > _TRIES:
        raise PatternRefused("too many optional parts and alternatives: it could take for ever")
    if not cost.open_ended:
        return MOST_INPUT
    # Of n characters, k repetitions take their shares in about n**k / k! ways.
    longest = int((_TRIES * factorial(cost.open_ended) / cost.choices) ** (1 / cost.open_ended))
    if longest < _LEAST_INPUT:
        raise PatternRefused("too many `*`, `+`, `?` and alternatives: it could take for ever")
    return min(longest, MOST_INPUT)


def _weigh(tree: Any, cost: _Cost, *, repeated: bool) -> None:
    for op, argument in tree:
        if op in _REFUSED:
            raise PatternRefused(f"{_REFUSED[op]}, which is not supported")
        if op in _REPEATS:
            _weigh_repeat(argument, cost, repeated=repeated)
        elif op is _op.BRANCH:
            if repeated:
                raise PatternRefused("alternatives within a repetition could take for ever")
            cost.choices *= len(argument[1])
            for branch in argument[1]:
                _weigh(branch, cost, repeated=repeated)
        elif op is _op.SUBPATTERN:
            _weigh(argument[-1], cost, repeated=repeated)
        elif op is _op.ATOMIC_GROUP:
            _weigh(argument, cost, repeated=repeated)


def _weigh_repeat(argument: Any, cost: _Cost, *, repeated: bool) -> None:
    least, most, body = argument
    varies = least != most
    if varies and repeated:
        raise PatternRefused("a repetition within a repetition could take for ever")
    if varies:
        _count(least, most, cost)
    elif most > MOST_INPUT:
        raise PatternRefused("it repeats something too often")
    _weigh(body, cost, repeated=repeated or most > 1)


def _count(least: int, most: int, cost: _Cost) -> None:
    if most == _op.MAXREPEAT or most - least >= MOST_INPUT:
        cost.open_ended += 1
    else:
        cost.choices *= most - least + 1
