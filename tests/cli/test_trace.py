"""`parley trace` finds an exchange by any id, and shows all its hops."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Live

QUESTION = "do you have coasters?"


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question that the model answered, with its trace. ids: every id by which it can be found, by its kind."""

    trace: dict[str, Any]
    ids: dict[str, str]


@pytest.fixture(scope="module")
def answered(live: Live) -> AnsweredQuestion:
    wamid = live.write(QUESTION, "+2348035551111")
    found = live.trace(wamid, "--text")
    message, call, sent = found["messages"][0], found["ai_calls"][0], found["outbound"][0]
    ids = {
        "message": message["_id"],
        "provider's id": wamid,
        "request": call["_id"],
        "reply": sent["_id"],
        "provider's id of the reply": sent["provider_message_id"],
        "correlation": found["correlation_id"],
        "beginning of the correlation": found["correlation_id"][:8],
        "conversation": message["conversation_id"],
    }
    return AnsweredQuestion(found, ids)


KINDS = (
    "message",
    "provider's id",
    "request",
    "reply",
    "provider's id of the reply",
    "correlation",
    "beginning of the correlation",
    "conversation",
)


@pytest.mark.parametrize("kind", KINDS)
def test_exchange_is_found_by_every_kind_of_id(live: Live, answered: AnsweredQuestion, kind: str) -> None:
    assert asyncio.run(live.correlation_of(answered.ids[kind])) == answered.trace["correlation_id"]


@pytest.mark.parametrize("kind", ["reply", "beginning of the correlation", "conversation"])
def test_trace_command_accepts_every_kind_of_id(live: Live, answered: AnsweredQuestion, kind: str) -> None:
    assert (
        live.parley("trace", answered.ids[kind], "--json").json()["correlation_id"] == answered.trace["correlation_id"]
    )


def test_all_hops_are_listed_in_order(live: Live, answered: AnsweredQuestion) -> None:
    hops = answered.trace["hops"]

    assert [hop["where"] for hop in hops] == [
        "customer",
        *("ingress", "router", "router", "ai", "ai", "ai", "ai"),
        *("delivery", "delivery", "provider", "provider", "provider"),
    ]
    assert hops[1]["ms"] == 0
    assert hops[5]["what"].startswith("chose fast, claude-haiku-5-5: short question; claude-sonnet-5-5 ")
    assert "answered: claude-haiku-5-5, 1 call" in hops[6]["what"]
    assert [hop["what"].split()[1] for hop in hops[-3:]] == ["sent", "delivered", "read"]


def test_table_hides_texts_and_phone_numbers(live: Live, answered: AnsweredQuestion) -> None:
    plain = live.parley("trace", answered.ids["message"])
    with_text = live.parley("trace", answered.ids["message"], "--text")

    assert "router    turn 1: ai" in plain.out
    assert QUESTION not in plain.out
    assert "5551111" not in plain.out
    assert QUESTION in with_text.out
    assert "2) Slate coaster" in with_text.out


def test_trace_shows_what_the_conversation_has_cost(live: Live, answered: AnsweredQuestion) -> None:
    cost = Decimal(answered.trace["ai_calls"][0]["cost_usd"])
    assert cost > 0
    again = live.trace(live.write("and which of them is the cheapest?", "+2348035551111"))
    spent, second = again["spent"], Decimal(again["ai_calls"][0]["cost_usd"])

    assert (spent["answers"], Decimal(spent["usd"])) == (2, cost + second)
    shown = live.parley("trace", answered.ids["message"]).out
    assert f"the conversation so far: 2 answers of models for USD {cost + second:f}" in shown


@pytest.mark.parametrize("reference", ["wamid.nobody", "0123456789abcdef"])
def test_unknown_id_is_reported_in_one_line(live: Live, reference: str) -> None:
    done = live.parley("trace", reference)

    assert done.code == 1
    assert done.err.startswith(f"parley: nothing is stored about {reference}")
    assert done.err.count("\n") == 1
