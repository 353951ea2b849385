"""Regular expressions that owners write, matched in time linear in the length of the text.

Python's parser reads them, `re2_syntax.py` translates them, RE2 matches them without backtracking. Also limited: the
length of a pattern and of a text, the memory of a pattern (`_MAX_MEMORY`) and, per workspace, the number and total size
of patterns (`shared.flows.validation.limits`). A pattern matches a whole text, ignoring case.
"""

import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

import re2

from shared.flows.patterns.alphabet import Alphabet, TooManySymbols
from shared.flows.patterns.backtracking import TooMuchBacktracking, check_backtracking
from shared.flows.patterns.re2_syntax import MAX_INPUT, UnsupportedSyntax, char_tests, to_re2, uses_word_boundaries

_parser: Any = import_module("re._parser")  # the only parser of exactly this syntax

MAX_CHARACTERS = 200
_MAX_MEMORY = 256 * 1024  # bytes, of a pattern with all that RE2 makes of it; two fifths may be instructions


class PatternRefused(ValueError):
    """Raised for an invalid pattern, or one that could take too long; the text is for people."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. size: instructions of RE2. longest: characters of the texts that it is tried on; a longer one
    does not match. groups: the names of its named groups, in their order.
    """

    text: str
    size: int
    groups: tuple[str, ...]
    _alphabet: Alphabet = field(repr=False, compare=False)
    _engine: Any = field(repr=False, compare=False)
    _with_groups: str = field(repr=False, compare=False)
    max_length: int = MAX_INPUT

    def matches(self, text: str) -> bool:
        """Return whether the pattern matches the whole text, stripped."""
        text = text.strip()
        return len(text) <= self.max_length and self._engine.fullmatch(self._alphabet.encode(text)) is not None

    def named_groups(self, text: str) -> dict[str, str]:
        """Return the stripped values of the named groups in a matching text; empty ones are left out.

        Capturing needs a second, slower engine, which is compiled only when a flow starts.
        """
        text = text.strip()
        if not self.groups or not self.matches(text):
            return {}
        found = _engine(self._with_groups, captures=True).fullmatch(self._alphabet.encode(text))
        if found is None:  # capturing needs more memory than RE2 may use
            return {}
        spans = {name: found.span(number) for number, name in enumerate(self.groups, 1)}
        return {name: text[begin:end].strip() for name, (begin, end) in spans.items() if 0 <= begin < end}


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Return a compiled pattern. Raises PatternRefused."""
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
