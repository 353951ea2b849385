"""Parses a customer's answer to a flow's question. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shared.domain.phone import PhoneInvalid, normalise
from shared.flows import dates
from shared.flows.engine.actions import CustomerInput
from shared.flows.engine.refusals import between, refusal
from shared.flows.expressions.values import format_number, parse_number, to_expression_value, to_json_value
from shared.flows.patterns import regex
from shared.flows.patterns.regex import PatternRefused
from shared.flows.steps import AnswerType, Ask
from shared.text.phrases import folded

MOST_TEXT = 1000  # characters of a stored answer
_NUMBER = re.compile(r"(?:option |number |numero |no |nr )?(\d{1,2})\u20e3?")  # 2️⃣ too
_EMAIL = re.compile(r"[^@\s\"'<>,;]{1,64}@(?:[^@\s.\"'<>,;/]{1,63}\.){1,8}[^@\s.\d\"'<>,;/]{2,63}")
_ONE_PERSON = re.compile(
    r"(?:(?:for|just|only|solo|para|so|apenas|pour|seulement) )*(?:a|an|one|un|una|um|uma|une) "
    r"(?:person|persona|pessoa|personne|adult|adulto|adulta|adulte)(?: (?:please|por favor|svp|s il vous plait|stp))?"
)  # in the form of `folded`


@dataclass(frozen=True, slots=True)
class ValidAnswer:
    """A customer's answer that fits the question. value: as plain JSON."""

    value: Any


@dataclass(frozen=True, slots=True)
class InvalidAnswer:
    """A customer's answer that does not fit the question. reason: for the customer, unless the flow has a text of its
    own.
    """

    reason: str


def chosen_option(options: Sequence[tuple[str, str]], said: CustomerInput) -> str | None:
    """Return the id of the option that was tapped, or named by title, id or number; None: none of them."""
    if said.choice and any(said.choice == id_ for id_, _ in options):
        return said.choice
    written = said.text[:200].strip()
    words = folded(written)
    if not words:  # an emoji, perhaps
        return next((id_ for id_, title in options if written and written == title.strip()), None)
    for id_, title in options:
        if words == folded(title):
            return id_
    for id_, _ in options:  # before the place: in a list of marks from 5 to 1, `5` is the mark
        if words == folded(id_):
            return id_
    number = _NUMBER.fullmatch(words)
    if number and 1 <= int(number[1]) <= len(options):
        return options[int(number[1]) - 1][0]
    return None


def parse_answer(
    ask: Ask, said: CustomerInput, options: Sequence[tuple[str, str]], today: date, region: str, language: str = "en"
) -> ValidAnswer | InvalidAnswer:
    """Return the parsed answer. options: those offered with the question. language: of the reason for a refusal."""
    text = said.text.strip()
    match ask.type:
        case AnswerType.CHOICE:
            found = chosen_option(options, said)
            return ValidAnswer(found) if found is not None else InvalidAnswer(refusal("choose", language))
        case AnswerType.TEXT:
            return _text(ask, text, language)
        case AnswerType.NUMBER | AnswerType.INTEGER:
            return _number(ask, text, region, language)
        case AnswerType.DATE:
            return _date(ask, text, today, region, language)
        case AnswerType.EMAIL:
            return _email(text, language)
        case AnswerType.PHONE:
            return _phone(text, region, language)
        case AnswerType.REGEX:
            fits = bool(text) and ask.pattern is not None and _matches(ask.pattern, text)
            return ValidAnswer(text) if fits else InvalidAnswer(refusal("pattern", language))


def _matches(pattern: str, text: str) -> bool:
    """Return whether it matches; a stored pattern that is no longer accepted matches nothing."""
    try:
        return regex.parse_pattern(pattern).matches(text)
    except PatternRefused:
        return False


def _text(ask: Ask, text: str, language: str) -> ValidAnswer | InvalidAnswer:
    if not text:
        return InvalidAnswer(refusal("text", language))
    least, most = ask.min or 0, min(ask.max or MOST_TEXT, MOST_TEXT)
    if len(text) < least:  # type: ignore[operator]  # a number, as checked when the file was read
        return InvalidAnswer(refusal("short", language, least=least))
    if len(text) > most:  # type: ignore[operator]  # likewise
        return InvalidAnswer(refusal("long", language, most=most))
    return ValidAnswer(text)


def _number(ask: Ask, text: str, region: str, language: str) -> ValidAnswer | InvalidAnswer:
    whole = ask.type is AnswerType.INTEGER
    number = Decimal(1) if _ONE_PERSON.fullmatch(folded(text[:200])) else parse_number(text, region)
    least, most = to_expression_value(ask.min), to_expression_value(ask.max)
    wrong = number is None or (whole and number != number.to_integral_value())
    if number is None or wrong or (least is not None and number < least) or (most is not None and number > most):
        low, high = (None if limit is None else format_number(limit) for limit in (least, most))
        name = "integer" if whole else "number"
        return InvalidAnswer(refusal(name, language, between=between(low, high, language)))
    return ValidAnswer(to_json_value(number))


def _date(ask: Ask, text: str, today: date, region: str, language: str) -> ValidAnswer | InvalidAnswer:
    day = dates.parse_date(text, today, region)
    if day is None:
        return InvalidAnswer(refusal("date", language))
    least = dates.parse_date_limit(ask.min, today) if isinstance(ask.min, str) else None
    most = dates.parse_date_limit(ask.max, today) if isinstance(ask.max, str) else None
    if least is not None and day < least:
        return InvalidAnswer(refusal("early", language, least=least.isoformat()))
    if most is not None and day > most:
        return InvalidAnswer(refusal("late", language, most=most.isoformat()))
    return ValidAnswer(day.isoformat())


def _email(text: str, language: str) -> ValidAnswer | InvalidAnswer:
    words = (word.strip("<>()[]\"'.,;:!?").removeprefix("mailto:") for word in text[:500].split())
    found = [word for word in words if len(word) <= 254 and _EMAIL.fullmatch(word)]
    return ValidAnswer(found[0]) if len(found) == 1 else InvalidAnswer(refusal("email", language))


def _phone(text: str, region: str, language: str) -> ValidAnswer | InvalidAnswer:
    try:
        return ValidAnswer(normalise(text[:60], region))
    except PhoneInvalid as error:
        return InvalidAnswer(refusal("phone", language, reason=error))
