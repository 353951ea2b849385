"""Choice of the fast or the smart model, with its reasons."""

from decimal import Decimal
from typing import Any

import pytest

from services.ai.routing import ModelChoice, RoutingDecision, RoutingSignals, decisions, models_in_order, routing_record
from shared.domain.model_prices import Tokens, load_prices
from shared.workspace.config import Bot

FAST, SMART = ModelChoice
HAIKU, SONNET, FALLBACK = "claude-haiku-5-5", "claude-sonnet-5-5", "anthropic/claude-haiku-5.5"

CASES: dict[str, tuple[dict[str, Any], ModelChoice, tuple[str, ...]]] = {
    "a greeting": ({"question": "Good morning!"}, FAST, ("small talk", "short question")),
    "a greeting in Portuguese": ({"question": "Olá, boa tarde"}, FAST, ("small talk", "short question")),
    "a short question": ({"question": "Do you have red ones?"}, FAST, ("short question",)),
    "a complaint": ({"question": "My parcel is broken"}, SMART, ("complaint",)),
    "a complaint in French": ({"question": "C'est inacceptable"}, SMART, ("complaint",)),
    "shouting": ({"question": "WHERE IS MY STUFF"}, SMART, ("complaint",)),
    "an abbreviation": ({"question": "VAT ID?"}, FAST, ("short question",)),
    "asked once more": (
        {"question": "where is my box", "before": ("hi", "Where is my box?")},
        SMART,
        ("asked again",),
    ),
    "two greetings": ({"question": "hi", "before": ("hi",)}, FAST, ("small talk", "short question")),
    "several questions": ({"question": "How big? How heavy?"}, SMART, ("several questions",)),
    "a long story": ({"question": "word " * 41}, SMART, ("long question",)),
    "advice": ({"question": "Which one is better?"}, SMART, ("asks for advice or care",)),
    "something in the cart": ({"question": "two of them", "cart": 3}, SMART, ("something in the cart",)),
    "an order under way": ({"question": "any news", "open_orders": 1}, SMART, ("an order under way",)),
    "thanks for an order": ({"question": "thank you!", "open_orders": 1}, FAST, ("small talk", "short question")),
    "a long conversation": ({"question": "and that one", "turns": 12}, SMART, ("long conversation",)),
    "Arabic": ({"question": "متى تفتحون"}, SMART, ("another script",)),
    "accents are Latin": ({"question": "Où êtes-vous ?"}, FAST, ("short question",)),
    "a picture without words": ({"question": "😀"}, SMART, ("unsure", "within the budget")),
    "a flow asks": ({"question": "a b c d e f g h i", "brief": True}, FAST, ("a flow's own words",)),
    "near the FAQ": (
        {"question": "I would like to know if you ship to Abuja by next week", "faq": 0.6},
        FAST,
        ("the FAQ is near",),
    ),
    "a complaint near the FAQ": ({"question": "It is broken", "faq": 0.9}, SMART, ("complaint",)),
    "neither easy nor hard": (
        {"question": "I would like to know if you ship to Abuja by next week"},
        SMART,
        ("unsure", "within the budget"),
    ),
    "neither, with little money": (
        {"question": "I would like to know if you ship to Abuja by next week", "budget_left": 0.2},
        FAST,
        ("unsure", "little is left of the budget"),
    ),
    "a complaint with little money": ({"question": "It is broken", "budget_left": 0.2}, SMART, ("complaint",)),
    "a complaint with next to none": (
        {"question": "It is broken", "budget_left": 0.05},
        FAST,
        ("next to nothing is left of the budget", "complaint"),
    ),
}


@pytest.mark.parametrize(("signals", "choice", "reasons"), CASES.values(), ids=CASES)
def test_signals_decide_the_model_and_its_reasons(
    signals: dict[str, Any], choice: ModelChoice, reasons: tuple[str, ...]
) -> None:
    signals = dict(signals)
    left, score = signals.pop("budget_left", 1.0), signals.pop("faq", 0.0)
    found = decisions(RoutingSignals(**signals, faq=lambda: score))
    assert next(decision for least, decision in found if left >= least) == RoutingDecision(choice, reasons)


def test_faq_is_searched_only_if_it_decides() -> None:
    def search() -> float:
        raise AssertionError

    for question in ("My parcel is broken", "Do you have red ones?"):
        decisions(RoutingSignals(question=question, faq=search))


def test_other_models_follow_the_chosen_one() -> None:
    assert models_in_order(Bot(), FAST) == (HAIKU, SONNET, FALLBACK)
    assert models_in_order(Bot(), SMART) == (SONNET, HAIKU, FALLBACK)
    assert models_in_order(Bot(smart_model=HAIKU, fallback_models=()), SMART) == (HAIKU,)


def test_cost_of_the_other_choice_is_stored() -> None:
    tokens = Tokens(input=1_000, output=100)
    kept = routing_record(RoutingDecision(FAST, ("small talk",)), Bot(), load_prices(), tokens)
    assert (kept.choice, kept.model, kept.other_model, kept.reasons) == ("fast", HAIKU, SONNET, ("small talk",))
    assert Decimal(kept.other_usd) == Decimal("0.003")
    kept = routing_record(RoutingDecision(SMART, ("complaint",)), Bot(), load_prices(), tokens)
    assert (kept.model, kept.other_model, Decimal(kept.other_usd)) == (SONNET, HAIKU, Decimal("0.00015"))


def test_no_other_cost_without_an_answer_or_another_model() -> None:
    assert routing_record(RoutingDecision(SMART, ()), Bot(), load_prices(), None).other_usd == "0"
    same = routing_record(RoutingDecision(SMART, ()), Bot(smart_model=HAIKU), load_prices(), Tokens(output=9))
    assert (same.model, same.other_model, same.other_usd) == (HAIKU, "", "0")
