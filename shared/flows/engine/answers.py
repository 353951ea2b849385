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
    words = folded(said.text[:200])
    if not words:
        return None
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
    ask: Ask, said: CustomerInput, options: Sequence[tuple[str, str]], today: date, region: str
) -> ValidAnswer | InvalidAnswer:
    """Return the parsed answer. options: those offered with the question."""
    text = said.text.strip()
    match ask.type:
        case AnswerType.CHOICE:
            found = chosen_option(options, said)
            return ValidAnswer(found) if found is not None else InvalidAnswer("Please choose one of these.")
        case AnswerType.TEXT:
            return _text(ask, text)
        case AnswerType.NUMBER | AnswerType.INTEGER:
            return _number(ask, text, region)
        case AnswerType.DATE:
            return _date(ask, text, today, region)
        case AnswerType.EMAIL:
            return _email(text)
        case AnswerType.PHONE:
            return _phone(text, region)
        case AnswerType.REGEX:
            fits = bool(text) and ask.pattern is not None and _matches(ask.pattern, text)
            return (
                ValidAnswer(text)
                if fits
                else InvalidAnswer("That does not look right. Please check it and write it again.")
            )


def _matches(pattern: str, text: str) -> bool:
    """Return whether it matches; a stored pattern that is no longer accepted matches nothing."""
    try:
        return regex.parse_pattern(pattern).matches(text)
    except PatternRefused:
        return False


def _text(ask: Ask, text: str) -> ValidAnswer | InvalidAnswer:
    if not text:
        return InvalidAnswer("Please answer with a text.")
    least, most = ask.min or 0, min(ask.max or MOST_TEXT, MOST_TEXT)
    if len(text) < least:  # type: ignore[operator]  # a number, as checked when the file was read
        return InvalidAnswer(f"That is too short. Please write at least {least} characters.")
    if len(text) > most:  # type: ignore[operator]  # likewise
        return InvalidAnswer(f"That is too long. Please write at most {most} characters.")
    return ValidAnswer(text)


def _number(ask: Ask, text: str, region: str) -> ValidAnswer | InvalidAnswer:
    whole = ask.type is AnswerType.INTEGER
    number = Decimal(1) if _ONE_PERSON.fullmatch(folded(text[:200])) else parse_number(text, region)
    least, most = to_expression_value(ask.min), to_expression_value(ask.max)
    wrong = number is None or (whole and number != number.to_integral_value())
    if number is None or wrong or (least is not None and number < least) or (most is not None and number > most):
        kind = "whole number" if whole else "number"
        return InvalidAnswer(f"Please write a {kind}{_between(least, most)}.")
    return ValidAnswer(to_json_value(number))


def _between(least: Decimal | None, most: Decimal | None) -> str:
    if least is not None and most is not None:
        return f" from {format_number(least)} to {format_number(most)}"
    if least is not None:
        return f" of at least {format_number(least)}"
    return f" of at most {format_number(most)}" if most is not None else ""


def _date(ask: Ask, text: str, today: date, region: str) -> ValidAnswer | InvalidAnswer:
    day = dates.parse_date(text, today, region)
    if day is None:
        return InvalidAnswer("Please write a date, such as 24 March or 24/03.")
    least = dates.parse_date_limit(ask.min, today) if isinstance(ask.min, str) else None
    most = dates.parse_date_limit(ask.max, today) if isinstance(ask.max, str) else None
    if least is not None and day < least:
        return InvalidAnswer(f"Please write a date from {least.isoformat()} on.")
    if most is not None and day > most:
        return InvalidAnswer(f"Please write a date up to {most.isoformat()}.")
    return ValidAnswer(day.isoformat())


def _email(text: str) -> ValidAnswer | InvalidAnswer:
    words = (word.strip("<>()[]\"'.,;:!?").removeprefix("mailto:") for word in text[:500].split())
    found = [word for word in words if len(word) <= 254 and _EMAIL.fullmatch(word)]
    return (
        ValidAnswer(found[0])
        if len(found) == 1
        else InvalidAnswer("Please write one e-mail address, such as ada@example.com.")
    )


def _phone(text: str, region: str) -> ValidAnswer | InvalidAnswer:
    try:
        return ValidAnswer(normalise(text[:60], region))
    except PhoneInvalid as error:
        return InvalidAnswer(f"Please write a phone number with its country code; {error}.")
