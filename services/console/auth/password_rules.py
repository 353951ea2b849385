"""Rules for new passwords (NIST SP 800-63B, OWASP ASVS 6.2): a length and no common password. No composition rules.

`common_passwords.txt`: 10,000 from the frequency list of zxcvbn (MIT licence), those of 12 characters and more first.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

LEAST, MOST = 12, 128
_FILE = Path(__file__).with_name("common_passwords.txt")
_PRODUCT = ("parley", "whatsapp", "console")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.{1,8}?)\1+(.{0,3})", re.DOTALL)
_LEET = str.maketrans("0134578@$!", "oleastbasi")
_SHORTEST_WORD = 4
_LEAST_REST = 6  # characters that have to remain without the known words


class PasswordProblem(StrEnum):
    """A reason to refuse a password, in words."""

    TOO_SHORT = f"must have at least {LEAST} characters"
    TOO_LONG = f"must have at most {MOST} characters"
    COMMON = "is one of the most common passwords, or a variation of one"
    SEQUENCE = "is a repetition or a sequence"
    OWN_NAME = "consists mostly of your name, e-mail address, workspace or product"

    @property
    def code(self) -> str:
        """The same for programs."""
        return f"password-{self.name.lower().replace('_', '-')}"


def problem_of_password(password: str, words: Sequence[str] = ()) -> PasswordProblem | None:
    """Return why a password is refused, for the person who chose it; None: it is accepted.

    words: of the person and the workspaces, such as names and the e-mail address.
    """
    if len(password) < LEAST:
        return PasswordProblem.TOO_SHORT
    if len(password) > MOST:
        return PasswordProblem.TOO_LONG
    if _is_common(password):
        return PasswordProblem.COMMON
    if _is_sequence(password):
        return PasswordProblem.SEQUENCE
    if _is_of_words(password, words):
        return PasswordProblem.OWN_NAME
    return None


@cache
def _common() -> frozenset[str]:
    return frozenset(_FILE.read_text(encoding="utf-8").split("\n"))


def _is_common(password: str) -> bool:
    plain = password.casefold()
    variations = {plain, _ENDS.sub("", plain)}
    variations |= {one.translate(_LEET) for one in variations}
    return bool(variations & _common())


def _is_sequence(password: str) -> bool:
    """Return whether it repeats up to eight characters, or counts: `abcdefghijkl`, `987654321098`."""
    plain = password.casefold()
    repeated = _REPEATED.fullmatch(plain)
    if repeated is not None and repeated[1].startswith(repeated[2]):
        return True
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(plain)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _is_of_words(password: str, words: Sequence[str]) -> bool:
    rest = password.casefold()
    for word in sorted(_parts((*_PRODUCT, *words)), key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < _LEAST_REST


def _parts(words: Sequence[str]) -> set[str]:
    """Return the words and their parts that are long enough to be recognized."""
    found = {part for word in words for part in (word.casefold(), *re.split(r"[\W_]+", word.casefold()))}
    return {part for part in found if len(part) >= _SHORTEST_WORD}
