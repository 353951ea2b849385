"""Masks phone numbers that people write in texts without a plus.

Which country a number is of is not known here, so a run of digits counts as a phone number if it has the form of one:

- an international number behind `00`, or of a mobile phone without anything before it;
- a national number with its leading zero, of ten or eleven digits;
- ten digits in groups as in North America or India.

Other runs stay: they are order numbers, amounts, times and codes far more often.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from shared.domain.phone import mask

_HAS_DIGITS = re.compile(r"\d[\d ().\-/]{7,}\d")
# Digits in groups: the first one may be in brackets, and all separators are the same, unlike in dates with times.
_RUN = re.compile(r"(?<![\w+.,/-])(?:\(\d{2,5}\) ?)?\d+(?:([ .\-/])\d+(?:\1\d+)*)?(?![\w/-]|[.,]\d)")
# Digits without separators: numbers beside each other, which together look like one run that is too long.
_SOLID = re.compile(r"(?<![\w+])(?<!\d\.)\d{10,15}(?!\w)")
_GROUPS = (
    re.compile(r"\(?[2-9]\d\d\)?[ .-]?[2-9]\d\d[ .-]\d{4}"),  # North America
    re.compile(r"[6-9]\d{4}[ .-]\d{5}"),  # India
)
_DECIMAL = re.compile(r"\d+\.\d+")
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_SHORTEST, _LONGEST = 10, 17
_NATIONAL = frozenset({10, 11})
_SHORTEST_INTERNATIONAL = 11


def mask_numbers(text: str) -> str:
    """Return a text with its phone numbers masked, those without a plus."""
    return _masked(text) if _HAS_DIGITS.search(text) else text


@lru_cache(maxsize=4096)  # lists show the same texts again and again
def _masked(text: str) -> str:
    return _SOLID.sub(_masked_run, _RUN.sub(_masked_run, text))


def _masked_run(found: re.Match[str]) -> str:
    return mask(_digits(found[0])) if _is_number(found[0]) else found[0]


def _is_number(run: str) -> bool:
    digits = _digits(run)
    if not _SHORTEST <= len(digits) <= _LONGEST or _DECIMAL.fullmatch(run):
        return False
    if any(form.fullmatch(run) for form in _GROUPS):
        return True
    if digits.startswith("00"):
        return _is_valid(digits[2:])
    if digits.startswith("0"):
        return len(digits) in _NATIONAL
    return len(digits) >= _SHORTEST_INTERNATIONAL and _is_valid(digits, of_mobile=True)


def _is_valid(digits: str, *, of_mobile: bool = False) -> bool:
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return False
    if of_mobile:
        return phonenumbers.number_type(number) in _MOBILE
    return phonenumbers.is_valid_number(number)


def _digits(run: str) -> str:
    return "".join(filter(str.isdecimal, run))
