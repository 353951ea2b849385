"""`parley trace` finds an exchange by any id that somebody may have, and tells all of it."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Live

QUESTION = "do you have coasters?"


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question that the model answered. ids: every id by which it can be found, by its kind."""

    found: dict[str, Any]
    ids: dict[str, str]


@pytest.fixture(scope="module")
def asked(live: Live) -> AnsweredQuestion:
    wamid = live.write(QUESTION, "+2348035551111")
    found = live.trace(wamid, "--text")
    message, call, sent = found["messages"][0], found["ai_calls"][0], found["outbound"][0]
    ids = {
        "message": message["_id"],
        "provider's": wamid,
        "request": call["_id"],
        "our answer": sent["_id"],
        "provider's id of our answer": sent["provider_message_id"],
        "correlation": found["correlation_id"],
        "beginning of the correlation": found["correlation_id"][:8],
        "conversation": message["conversation_id"],
    }
    return AnsweredQuestion(found, ids)


KINDS = (
    "message",
    "provider's",
    "request",
    "our answer",
    "provider's id of our answer",
    "correlation",
    "beginning of the correlation",
    "conversation",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_id_leads_to_the_exchange(live: Live, asked: AnsweredQuestion, kind: str) -> None:
    assert asyncio.run(live.correlation_of(asked.ids[kind])) == asked.found["correlation_id"]


@pytest.mark.parametrize("kind", ["our answer", "beginning of the correlation", "conversation"])
def test_the_command_takes_them(live: Live, asked: AnsweredQuestion, kind: str) -> None:
    assert live.parley("trace", asked.ids[kind], "--json").json()["correlation_id"] == asked.found["correlation_id"]


def test_all_hops_are_told_in_order(live: Live, asked: AnsweredQuestion) -> None:
    hops = asked.found["hops"]

    assert [hop["where"] for hop in hops] == [
        "customer",
        *("ingress", "router", "router", "ai", "ai", "ai", "ai"),
        *("delivery", "delivery", "provider", "provider", "provider"),
    ]
    assert hops[1]["ms"] == 0
    assert hops[5]["what"].startswith("chose fast, claude-haiku-5-5: short question; claude-sonnet-5-5 ")
    assert "answered: claude-haiku-5-5, 1 call" in hops[6]["what"]
    assert [hop["what"].split()[1] for hop in hops[-3:]] == ["sent", "delivered", "read"]


def test_people_get_a_table_without_texts_or_numbers(live: Live, asked: AnsweredQuestion) -> None:
    plain = live.parley("trace", asked.ids["message"])
    with_text = live.parley("trace", asked.ids["message"], "--text")

    assert "router    turn 1: ai" in plain.out
    assert QUESTION not in plain.out
    assert "5551111" not in plain.out
    assert QUESTION in with_text.out
    assert "2) Slate coaster" in with_text.out


def test_what_the_conversation_has_cost_is_told(live: Live, asked: AnsweredQuestion) -> None:
    cost = Decimal(asked.found["ai_calls"][0]["cost_usd"])
    assert cost > 0
    again = live.trace(live.write("and which of them is the cheapest?", "+2348035551111"))
    spent, second = again["spent"], Decimal(again["ai_calls"][0]["cost_usd"])

    assert (spent["answers"], Decimal(spent["usd"])) == (2, cost + second)
    told = live.parley("trace", asked.ids["message"]).out
    assert f"the conversation so far: 2 answers of models for USD {cost + second:f}" in told


@pytest.mark.parametrize("reference", ["wamid.nobody", "0123456789abcdef"])
def test_an_unknown_id_is_one_clear_line(live: Live, reference: str) -> None:
    done = live.parley("trace", reference)

    assert done.code == 1
    assert done.err.startswith(f"parley: nothing is stored about {reference}")
    assert done.err.count("\n") == 1
