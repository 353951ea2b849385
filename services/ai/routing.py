"""Chooses the fast or the smart model for a question, by signals; the reasons are stored with the choice. Pure.

The fast model gets what is plainly easy. What is plainly hard, or neither, goes to the smart model while there is
budget.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.ai.routing_words import COMPLAINTS, SMALL_TALK, WEIGHING
from shared.domain.model_prices import PriceTable, Tokens
from shared.repositories.ai_calls import RoutingRecord
from shared.text.phrases import folded
from shared.workspace.config import Bot

_SHORT = 6  # words
_LONG = 40
_MANY_TURNS = 12
_LOW = 0.25  # of the budget: questions that are neither easy nor hard get the fast model
_ALMOST_SPENT = 0.1  # of the budget: all questions get the fast model
_NEAR = 0.5  # score of an FAQ: too low to be the answer, but the prompt most likely has it
_LOUD = 10  # letters, most of them capitals
_FOREIGN = 0.3  # of the letters


class ModelChoice(StrEnum):
    FAST = "fast"
    SMART = "smart"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSignals:
    """The facts that choose between the fast and the smart model. question: the customer's text since our last message.
    before: the customer's earlier texts. turns: of the conversation so far. cart: pieces in it. open_orders: placed and
    neither delivered nor cancelled. brief: a flow wants the answer. faq: returns the score of the nearest FAQ, from 0
    to 1; called only if it decides.
    """

    question: str
    before: tuple[str, ...] = ()
    turns: int = 0
    cart: int = 0
    open_orders: int = 0
    brief: bool = False
    faq: Callable[[], float] = field(default=lambda: 0.0, compare=False)


@dataclass(frozen=True, slots=True)
class RoutingDecision:
    """A choice and its reasons, the strongest first."""

    choice: ModelChoice
    reasons: tuple[str, ...]


def decisions(signals: RoutingSignals) -> tuple[tuple[float, RoutingDecision], ...]:
    """Return all decisions for these signals, each with the least share of the day's budget left that it needs, from 1
    to 0; the last one needs nothing.
    """
    hard = _hard(signals)
    easy = () if hard else _easy(signals)
    return tuple((left, _decide(hard, easy, left)) for left in (_LOW, _ALMOST_SPENT, 0.0))


def _decide(hard: tuple[str, ...], easy: tuple[str, ...], left: float) -> RoutingDecision:
    if left < _ALMOST_SPENT:
        return RoutingDecision(ModelChoice.FAST, ("next to nothing is left of the budget", *hard))
    if hard:
        return RoutingDecision(ModelChoice.SMART, hard)
    if easy:
        return RoutingDecision(ModelChoice.FAST, easy)
    if left < _LOW:
        return RoutingDecision(ModelChoice.FAST, ("unsure", "little is left of the budget"))
    return RoutingDecision(ModelChoice.SMART, ("unsure", "within the budget"))


def _hard(signals: RoutingSignals) -> tuple[str, ...]:
    said = folded(signals.question)
    words = said.split()
    asked_again = len(words) > 2 and said in {folded(text) for text in signals.before}
    chatting = bool(words) and SMALL_TALK.issuperset(words)
    found = {
        "complaint": not COMPLAINTS.isdisjoint(words) or _loud(signals.question),
        "asked again": asked_again,
        "several questions": signals.question.count("?") > 1,
        "long question": len(words) > _LONG,
        "asks for advice or care": not WEIGHING.isdisjoint(words),
        "something in the cart": signals.cart > 0 and not chatting,
        "an order under way": signals.open_orders > 0 and not chatting,
        "long conversation": signals.turns >= _MANY_TURNS and not chatting,
        "another script": _foreign(signals.question),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _easy(signals: RoutingSignals) -> tuple[str, ...]:
    words = folded(signals.question).split()
    found = {
        "small talk": bool(words) and SMALL_TALK.issuperset(words),
        "short question": 0 < len(words) <= _SHORT,
        "a flow's own words": signals.brief,
    }
    easy = tuple(reason for reason, holds in found.items() if holds)
    return easy or (("the FAQ is near",) if signals.faq() >= _NEAR else ())


def _loud(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return (len(letters) >= _LOUD and sum(map(str.isupper, letters)) > 0.7 * len(letters)) or "!!" in text


def _foreign(text: str) -> bool:
    """Return whether much of a text is not in Latin letters: the fast model is weaker then."""
    if text.isascii():
        return False
    letters = [char for char in text if char.isalpha()]
    other = sum(not unicodedata.name(char, "LATIN").startswith("LATIN") for char in letters)
    return other > _FOREIGN * len(letters)


def models_in_order(bot: Bot, choice: ModelChoice) -> tuple[str, ...]:
    """Return the models in the order in which they are called."""
    first, second = bot.fast_model, bot.smart_model
    if choice is ModelChoice.SMART:
        first, second = second, first
    return tuple(dict.fromkeys((first, second, *bot.fallback_models)))


def routing_record(routed: RoutingDecision, bot: Bot, prices: PriceTable, tokens: Tokens | None) -> RoutingRecord:
    """Return the choice as it is stored. tokens: usage of the answer; None: there is no answer."""
    model, other, *_ = (*models_in_order(bot, routed.choice), "")
    other = "" if bot.fast_model == bot.smart_model else other
    cost = prices.cost([(other, tokens)]) if other and tokens else Decimal(0)
    return RoutingRecord(
        choice=routed.choice, model=model, reasons=routed.reasons, other_model=other, other_usd=format(cost, "f")
    )
