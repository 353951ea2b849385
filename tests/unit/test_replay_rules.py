"""A replay compares answers, follows conversations and holds its limit in money."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.ai.gate.port import OPEN_GATE
from services.ai.pricing.estimate import max_input_tokens
from services.ai.prompt.prompt import Prompt
from services.ai.replays.gate import ReplayGate
from services.ai.replays.money import ReplayMoney
from shared.domain.model_prices import load_prices
from shared.domain.replays import Difference, Origin, ReplayChanges, Said
from shared.flows.engine.book import FlowBook
from shared.flows.load import read_flow
from shared.operations.replays.changed import faq_changes
from shared.operations.replays.comparison import difference_of
from shared.operations.replays.deciding import Redecided, decide_again
from shared.operations.replays.recorded import RecordedMessage
from shared.workspace.config import Faq
from tests.services.builders import NOW, decision_context, inbound, workspace

MODEL = "claude-haiku-5-5"
FLOW = """
flow: delivery
triggers: {contains: [deliver]}
steps:
  town: {ask: "To which town?", save: town}
  done: "Noted."
"""


def said(text: str, origin: Origin = Origin.MODEL, **more: Any) -> Said:
    return Said(origin=origin, text=text, **more)


DIFFERENCES: dict[str, tuple[Said, Said, Difference]] = {
    "the same words in other cases": (said("We open at 9."), said("we  open at 9."), Difference.SAME),
    "much the same words": (
        said("Yes, you can pay by card at the door."),
        said("Yes, of course you can pay by card at the door."),
        Difference.WORDING,
    ),
    "another number": (said("It costs 4.50 USD today."), said("It costs 5.40 USD today."), Difference.MEANING),
    "another link": (said("See https://a.example/x."), said("See https://a.example/y."), Difference.MEANING),
    "other words": (said("We do not ship there."), said("Shipping is free, order now!"), Difference.MEANING),
    "another origin": (said("Yes."), said("Yes.", Origin.FAQ), Difference.ORIGIN),
    "silence both times": (said("", Origin.NOBODY), said("", Origin.LATER), Difference.SAME),
    "a vendor that failed": (
        said("Yes."),
        said("Sorry.", Origin.SYSTEM, error="m: HTTP 500", asked=True),
        Difference.UNKNOWN,
    ),
    "a refused answer": (
        said("Yes."),
        said("Sorry.", Origin.SYSTEM, error="m: guard: price", refusals=("price",), asked=True),
        Difference.ORIGIN,
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_answers_are_compared_by_origin_facts_and_words(case: str) -> None:
    then, now, expected = DIFFERENCES[case]
    assert difference_of(then, now) is expected


def test_change_of_a_flow_tells_models_nothing_new() -> None:
    assert not ReplayChanges(flows={"x": "flow: x"}).concern_models
    assert not ReplayChanges(bot={"mode": "faq"}).concern_models
    assert ReplayChanges(bot={"system_prompt": "x"}).concern_models
    assert ReplayChanges(faqs=[]).concern_models
    assert ReplayChanges().concern_models, "today's settings against the answers of then"


def recorded(*texts: str, kinds: dict[int, str] | None = None, apart: float = 60) -> list[RecordedMessage]:
    """Messages of one conversation. kinds: decisions of then, by place. apart: seconds."""
    found = []
    for number, text in enumerate(texts, 1):
        message = inbound(text, number=number, at=NOW + timedelta(seconds=apart * number))
        found.append(RecordedMessage(message, number, (kinds or {}).get(number, "ai"), text))
    return found


def again(messages: list[RecordedMessage], earlier: int = 0, **bot: Any) -> list[Redecided]:
    book = FlowBook([read_flow(FLOW)])
    context = decision_context(workspace(bot={"mode": "hybrid", **bot}), book=book)
    return decide_again(context, messages[:earlier], messages[earlier:])


def test_flow_goes_on_from_message_to_message() -> None:
    first, second, third = again(recorded("Do you deliver it?", "Lagos", "What are your opening hours?"))
    assert (first.origin, first.text) == (Origin.FLOW, "To which town?")
    assert (second.origin, second.text) == (Origin.FLOW, "Noted.")
    assert (third.origin, third.text) == (Origin.FAQ, "9 to 5.")


def test_flow_that_began_before_the_first_day_goes_on() -> None:
    (second,) = again(recorded("Do you deliver it?", "Lagos"), earlier=1)
    assert second.text == "Noted."


def test_person_who_had_the_conversation_has_it_now() -> None:
    messages = recorded("Do you deliver it?", "Lagos", "Where are you?", kinds={2: "human"})
    assert [one.origin for one in again(messages)] == [Origin.FLOW, Origin.PERSON, Origin.FAQ]


def test_messages_that_one_answer_covers_ask_once() -> None:
    quick = again(recorded("I have a question about cups", "the blue ones I mean", apart=1), debounce_ms=3000)
    assert [one.origin for one in quick] == [Origin.LATER, Origin.MODEL]
    assert [one.request is not None for one in quick] == [False, True]
    slow = again(recorded("I have a question about cups", "the blue ones I mean", apart=60), debounce_ms=3000)
    assert [one.request is not None for one in slow] == [True, True]


async def test_call_waits_for_calls_under_way_that_hold_the_limit() -> None:
    money = ReplayMoney(Decimal("1"), spent=Decimal("0.5"))
    assert await money.hold("a", Decimal("0.4"))
    waiting = asyncio.create_task(money.hold("b", Decimal("0.3")))
    await asyncio.sleep(0)
    assert not waiting.done()
    money.settle("a", Decimal("0.1"))
    assert await waiting
    money.release("b")
    assert await money.hold("c", Decimal("0.4"))
    assert await money.hold("c", Decimal("0.3")), "another model of the same call takes its place"


async def test_call_is_refused_when_the_limit_does_not_cover_it() -> None:
    money = ReplayMoney(Decimal("1"), spent=Decimal("0.5"))
    assert not await money.hold("a", Decimal("0.6"))


async def test_call_that_others_leave_no_room_is_refused_in_the_end() -> None:
    money = ReplayMoney(Decimal("1"))
    assert await money.hold("a", Decimal("0.8"))
    waiting = asyncio.create_task(money.hold("b", Decimal("0.3")))
    await asyncio.sleep(0)
    money.settle("a", Decimal("0.8"))
    assert not await waiting, "the limit is spent"


async def test_calls_that_need_more_than_they_reserved_do_not_wait_for_one_another() -> None:
    money = ReplayMoney(Decimal("1"))
    assert await money.hold("a", Decimal("0.4"))
    assert await money.hold("b", Decimal("0.4"))
    waiting = asyncio.create_task(money.hold("a", Decimal("0.7")))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        assert await money.hold("b", Decimal("0.7"))
        money.settle("b", Decimal("0.1"))
        assert await waiting


async def test_answer_that_waits_for_money_has_not_reached_the_limit() -> None:
    prices, prompt = load_prices(), Prompt(system=("Be kind.",), turns=())
    most = prices.upper_bound(MODEL, max_input_tokens(prompt), 100)
    money = ReplayMoney(most)
    first, second, third = (ReplayGate(OPEN_GATE, money, prices, 100, name) for name in "abc")
    assert await first.enter(MODEL, 1, prompt) is None
    waiting = asyncio.create_task(second.enter(MODEL, 1, prompt))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await first.leave(MODEL, 1, None)
    assert await waiting is None
    assert second.waited >= 0.01
    assert not second.over_limit
    money.settle("other", Decimal("0.000001"))
    assert await third.enter(MODEL, 1, prompt)
    assert [gate.over_limit for gate in (first, second, third)] == [False, False, True], "the others may go on"


def test_changes_of_an_faq_are_named_with_what_they_replace() -> None:
    before = [Faq(question=one, answer=f"{one} yes", variants=("x",)) for one in ("same", "other", "gone", "asked")]
    after = [
        {"question": "same", "answer": "same yes", "variants": ["x"]},
        {"question": "other", "answer": "no", "variants": ["x"]},
        {"question": "new", "answer": "new yes", "variants": []},
        {"question": "asked", "answer": "asked yes", "variants": ["x", "y"]},
    ]
    assert [(one.question, one.before, one.after) for one in faq_changes(before, after)] == [
        ("other", "other yes", "no"),
        ("new", None, "new yes"),
        ("asked", "asked yes", "asked yes"),
        ("gone", "gone yes", None),
    ]
    many = [{"question": str(number), "answer": "x"} for number in range(300)]
    assert len(faq_changes((), many)) == 200
