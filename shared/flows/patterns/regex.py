"""Regular expressions that owners write, matched in a time that only grows with the length of the text.

Python's parser reads them; RE2 matches them (`re2_syntax.py` says how they get there). RE2 never goes back in a
text, so that no pattern takes for ever on any text. What is bounded besides: how long a pattern and a text may be, how
much memory a pattern may take (`_MAX_MEMORY`) and, for each workspace, how many patterns there are and how large they
are together (`MOST_OF_A_WORKSPACE`, `MOST_SIZE_OF_A_WORKSPACE`). A pattern matches a text as a whole, in any case.
"""

import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from re import _parser as _parser  # type: ignore[attr-defined]  # the only reader of the very same syntax
from typing import Any

import re2

from shared.flows.patterns.alphabet import Alphabet, TooManySymbols
from shared.flows.patterns.backtracking import TooMuchBacktracking, check_backtracking
from shared.flows.patterns.re2_syntax import MAX_INPUT, UnsupportedSyntax, char_tests, to_re2, uses_word_boundaries

MAX_CHARACTERS = 200
_MAX_MEMORY = 256 * 1024  # bytes, of a pattern with all that RE2 makes of it; two fifths may be instructions


class PatternRefused(ValueError):
    """Raised for an invalid pattern, or one that could take too long; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """size: instructions of RE2. longest: characters of the texts that it is tried on; a longer one does not match.
    groups: the names of its named groups, in their order.
    """

    text: str
    size: int
    groups: tuple[str, ...]
    _alphabet: Alphabet = field(repr=False, compare=False)
    _engine: Any = field(repr=False, compare=False)
    _with_groups: str = field(repr=False, compare=False)
    max_length: int = MAX_INPUT

    def matches(self, text: str) -> bool:
        """Whether the whole text, without white space around it, is what the pattern says."""
        text = text.strip()
        return len(text) <= self.max_length and self._engine.fullmatch(self._alphabet.encode(text)) is not None

    def named_groups(self, text: str) -> dict[str, str]:
        """Return the stripped values of the named groups in a matching text; empty ones are left out.

        They are found by a second engine, which is slower, and which is only made when a flow begins.
        """
        text = text.strip()
        if not self.groups or not self.matches(text):
            return {}
        found = _engine(self._with_groups, captures=True).fullmatch(self._alphabet.encode(text))
        if found is None:  # the budget of memory is smaller than what the groups take
            return {}
        spans = {name: found.span(number) for number, name in enumerate(self.groups, 1)}
        return {name: text[begin:end].strip() for name, (begin, end) in spans.items() if 0 <= begin < end}


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Raises PatternRefused."""
    if len(text) > MAX_CHARACTERS:
        raise PatternRefused(f"a pattern has at most {MAX_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(text, re.IGNORECASE)
        check_backtracking(tree)
        return _compiled(text, tree)
    except (UnsupportedSyntax, TooMuchBacktracking) as error:
        raise PatternRefused(str(error)) from None
    except TooManySymbols as error:
        raise PatternRefused(f"{error}; divide it into several patterns") from None
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        if isinstance(error, PatternRefused):
            raise
        raise PatternRefused(f"not a regular expression: {error}") from None


def _compiled(text: str, tree: Any) -> Pattern:
    flags, groups = tree.state.flags, tree.state.groupdict
    alphabet = Alphabet(char_tests(tree, flags), words=uses_word_boundaries(tree))
    source = to_re2(tree, flags, alphabet, frozenset(groups.values()))
    try:
        engine = _engine(source, captures=False)
    except re2.error as error:
        raise PatternRefused(_refusal_reason(error)) from None
    return Pattern(text, engine.programsize, tuple(sorted(groups, key=groups.__getitem__)), alphabet, engine, source)


def _engine(source: str, *, captures: bool) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.never_capture = not captures
    return re2.compile(source.encode("ascii"), options)


def _refusal_reason(error: Exception) -> str:
    message = error.args[0] if error.args else b""
    message = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    if "too large" in message or "repetition" in message:
        return "it repeats too much: shorten its counts, such as {1,500}"
    return f"the engine does not take it: {message}"
