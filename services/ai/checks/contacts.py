"""Finds contacts in a text: phone numbers, addresses, accounts. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers

from services.ai.checks.numbers import DIGIT_WORDS
from services.ai.checks.text import spans_of_sentences
from services.ai.checks.wording import ACCOUNTS, CALLING, IDENTIFIERS, LABELS, NUMBERED, SIZES
from shared.text.phrases import folded

_AT = re.compile(r" ?[\[({] ?at ?[\])}] ?", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
_HANDLE = re.compile(r"(?<![\w@./])@([^\W\d_][\w.]{2,30}\w)")
_PAY_ID = re.compile(r"(?<![\w@.-])([\w.-]{2,64}@[^\W\d_]{2,20})(?![\w@]|\.\w)")
_WALLET = re.compile(
    r"\b(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})\b"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NUMBER = re.compile(r"(?<![\w.,])(?:\+ ?)?\(?\d(?:[ ().\-/\u2022\u00b7~*_]{0,3}\d){3,18}(?!\w)")
_DATE = re.compile(r"(?<![\d])(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?!\d)")
_TIME = r"\d{1,2}(?:[:.h]\d{2})(?::\d{2})?(?: ?[ap]\.?m\b)?"
_TIMES = re.compile(rf"(?<![\d]){_TIME}(?: ?(?:-|to|until|bis|à|a|e|and) ?{_TIME})?(?!\d)", re.IGNORECASE)
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d ?- ?(?:(?:19|20)\d\d)(?!\d)")
_MEASURES = re.compile(r"(?<!\d)\d+(?:[.,]\d+)?(?: ?[x×] ?\d+(?:[.,]\d+)?){1,3}(?!\d)")
_RATIO = re.compile(r"(?<![\d/])\d{2,3}/\d{2,3}(?![\d/])")  # a blood pressure
_LIST = re.compile(r"(?<![\d+(])(?<!\d[ -])\d{1,3}(?:[ ,/]{1,2}\d{1,3}){2,}(?![ ,/-]{0,2}\d)")
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?: \d{3}){1,3}(?!\d| \d)")
_SHORTEST_IBAN = 15  # characters, of Norway
_MIN_DIGITS, _MIN_DIGITS_CALLED, _SURE_DIGITS = 7, 5, 9
_TO_CALL = CALLING - LABELS
_OF_ORDERS = IDENTIFIERS - CALLING
_ARTICLES = frozenset(("the", "this", "la", "le", "el", "o", "este", "esse", "ce"))
_NUMBER_WORDS = frozenset(("number", "numero", "nummer", "no", "nr"))
_AT_WORDS = frozenset(("at", "on", "to", "au", "aux", "al", "ao", "pelo", "unter", "via"))


@dataclass(frozen=True, slots=True)
class KnownContacts:
    """Contacts that may be named. digits: of phone numbers. words: addresses, handles and accounts in letters."""

    digits: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def union(self, other: "KnownContacts") -> "KnownContacts":
        """Return the contacts of both."""
        return KnownContacts(self.digits | other.digits, self.words | other.words)


def contacts_named_in(texts: Iterable[str]) -> KnownContacts:
    """Return the numbers and contacts that the texts name."""
    digits: set[str] = set()
    words: set[str] = set()
    for text in texts:
        digits.update(map(digits_of, (match[0] for match in _NUMBER.finditer(text))))
        words.update(_in_letters(text))
    return KnownContacts(frozenset(digits), frozenset(words))


def contacts(text: str, region: str = "", masked: Iterable[tuple[int, int]] = ()) -> Iterator[str]:
    """Yield the contacts in a plain text, as they are written.

    region: of the business, to recognise its country's phone numbers. masked: spans that are something else.
    """
    yield from _in_letters(text)
    yield from _spelled(text)
    text = _blanked(text, masked)
    for start, end in spans_of_sentences(text):
        yield from _numbers(text[start:end], region)


def is_known(contact: str, known: KnownContacts) -> bool:
    """Return whether a contact may be named."""
    digits = digits_of(contact)
    if any(map(str.isalpha, contact)):
        return contact in known.words
    return any(_same(digits, number) for number in known.digits)


def digits_of(text: str) -> str:
    """Return the digits of a number."""
    return "".join(filter(str.isdigit, text))


def _same(digits: str, other: str) -> bool:
    """Return whether two numbers are equal, with a country code, a zero in its place, or without."""
    short, long = sorted((digits.lstrip("0"), other.lstrip("0")), key=len)
    return short == long or (len(short) >= _MIN_DIGITS and long.endswith(short) and len(long) - len(short) <= 4)


def _in_letters(text: str) -> Iterator[str]:
    text = _AT.sub("@", text)
    for found in _EMAIL.findall(text):
        yield found.lower().strip(".")
    rest = _EMAIL.sub(" ", text)
    for pattern in (_HANDLE, _PAY_ID, _WALLET):
        for found in pattern.findall(rest):
            yield found.lower().strip(".")
    for found in _IBAN.findall(text):
        if sum(map(str.isdigit, found)) >= 8 and len(found.replace(" ", "")) >= _SHORTEST_IBAN:
            yield found.replace(" ", "").lower()


def _spelled(text: str) -> Iterator[str]:
    """Yield numbers spelled out, `zero eight zero nine …`, of seven digits or more."""
    run: list[str] = []
    times = 1
    for word in (*folded(text).split(), ""):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif word in DIGIT_WORDS:
            run += [str(DIGIT_WORDS[word])] * times
            times = 1
        else:
            if len(run) >= _MIN_DIGITS:
                yield "".join(run)
            run, times = [], 1


def _numbers(sentence: str, region: str) -> Iterator[str]:
    words = set(folded(sentence).split())
    called = bool(words & CALLING) or bool(words & ACCOUNTS)
    text = sentence
    for pattern in (_DATE, _TIMES, _YEARS, _MEASURES, _RATIO):
        text = pattern.sub(lambda found: "#" * len(found[0]), text)
    text = _LIST.sub(lambda found: "#" * len(found[0]) if _is_list(found[0], words) else found[0], text)
    for found in _NUMBER.finditer(text):
        digits, written = digits_of(found[0]), found[0].strip()
        before = folded(sentence[max(0, found.start() - 30) : found.start()]).split()
        if not written.startswith("+") and not words & (_TO_CALL | ACCOUNTS) and _is_numbered(before):
            continue
        if _is_contact(digits, written, region, called=called, labelled=_is_labelled(before, words)):
            yield written


def _is_numbered(before: list[str]) -> bool:
    """Return whether the words before a number name what it numbers: `article no.`, `part number`, `report ID is`."""
    return next((word for word in reversed(before) if word not in LABELS), "") in NUMBERED


def _is_labelled(before: list[str], words: set[str]) -> bool:
    """Return whether the number is said to be of an order or the like; not in `for your order call`, `order at number`.

    words: of the sentence; if it speaks of an account, `number` alone does not say of what.
    """
    plainly = [word for word in before if word not in _ARTICLES]
    if any(word in _AT_WORDS and other in _NUMBER_WORDS for word, other in pairwise(plainly)):
        return False
    nearest = next((word for word in reversed(before) if word in _TO_CALL or word in _OF_ORDERS), "")
    if words & ACCOUNTS and _OF_ORDERS.isdisjoint(set(before) - LABELS):
        return False
    return nearest in _OF_ORDERS and ACCOUNTS.isdisjoint(before)


def _is_contact(digits: str, written: str, region: str, *, called: bool, labelled: bool) -> bool:
    if written.startswith("+"):
        return len(digits) >= _MIN_DIGITS
    if labelled and not digits.startswith("0"):
        return False
    if called:
        return len(digits) >= _MIN_DIGITS_CALLED
    if _GROUPED.fullmatch(written) and not digits.startswith("0"):
        return False
    if len(digits) >= _SURE_DIGITS:
        return True
    return len(digits) >= _MIN_DIGITS and (digits.startswith("0") or _is_phone(written, region))


def _is_phone(written: str, region: str) -> bool:
    if not region or written.isdigit():  # one block of digits is any number
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _is_list(written: str, words: set[str]) -> bool:
    """Return whether numbers are a list, such as sizes: of the same length, rising."""
    numbers = re.findall(r"\d+", written)
    rising = all(int(number) < int(other) for number, other in pairwise(numbers))
    alike = len(set(map(len, numbers))) <= 2
    return (rising and alike) or bool(words & SIZES and max(map(len, numbers)) <= 3)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = f"{text[:start]}{'#' * (end - start)}{text[end:]}"
    return text
