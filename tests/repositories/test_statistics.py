"""Counts by quarter of an hour, from real collections."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.conversation import ChangeKind, OrderPlaced, StateChange
from shared.domain.statistics import Key, Measure, by_period, quarter_of, waited_class
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError, Status
from shared.messages.outbound import Author
from shared.repositories.ai_calls import AiCalls
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.inbound import InboundMessages
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.repositories.statistics import Quarters, Statistics
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, inbound, later, outbound, status
from tests.repositories.samples import CALL

QUARTER = datetime(2026, 3, 14, 9, 15, tzinfo=UTC)
NEXT = QUARTER + timedelta(minutes=15)
DAY = (datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))


def changed(kind: ChangeKind, **fields: Any) -> StateChange:
    return StateChange(kind=kind, channel="main", **fields)


async def receive(mongo: Mongo, number: int, decision: str = "faq") -> None:
    await InboundMessages(mongo, "acme").add(inbound(number), turn=number, decision=decision, routed_at=NOW)


async def send(mongo: Mongo, number: int, reached: Status | None, author: Author = Author.FAQ) -> None:
    messages = OutboundMessages(mongo, "acme")
    message = msgspec.structs.replace(outbound(number), author=author, created_at=later(number))
    await messages.claim(message, "a", NOW)
    await messages.record_accepted(message.id, "a", f"wamid.{number}", NOW)
    if reached is not None:
        await messages.status(status(reached, message, provider_id=f"wamid.{number}"))


async def test_messages_count_by_decision_author_and_status(mongo: Mongo) -> None:
    await receive(mongo, 1)
    await receive(mongo, 2, "ai: no FAQ")
    await receive(mongo, 3, "ai")
    for number, reached in enumerate((None, Status.SENT, Status.DELIVERED, Status.READ), 1):
        await send(mongo, number, reached)
    await send(mongo, 5, Status.READ, Author.AGENT)
    await send(mongo, 6, Status.FAILED)
    await OutboundMessages(mongo, "acme").claim(outbound(7), "a", NOW)  # not sent yet
    found = await Statistics(mongo, "acme").count(*DAY)
    assert found == {
        QUARTER: {
            Key(Measure.RECEIVED, "faq", "main"): 1,
            Key(Measure.RECEIVED, "ai", "main"): 2,
            Key(Measure.SENT, "faq", "main"): 4,
            Key(Measure.DELIVERED, "faq", "main"): 2,
            Key(Measure.READ, "faq", "main"): 1,
            Key(Measure.SENT, "agent", "main"): 1,
            Key(Measure.DELIVERED, "agent", "main"): 1,
            Key(Measure.READ, "agent", "main"): 1,
            Key(Measure.FAILED, "131026", "main"): 1,
        }
    }


async def test_changes_models_and_orders_count(mongo: Mongo) -> None:
    changes = ConversationChanges(mongo, "acme")
    first = [changed(ChangeKind.HANDED_OFF, by="router")]
    await changes.add("m1", "c1", 1, first, NOW)
    await changes.add("m1", "c1", 1, first, NOW)  # a redelivery
    await changes.add("k1", "c1", 2, [changed(ChangeKind.TAKEN, by="ada")], NOW)
    await changes.add("k1b", "c1", 2, [changed(ChangeKind.TAKEN, by="bo", given_by="ada")], NOW)
    await changes.add("k2", "c1", 2, [changed(ChangeKind.ANSWERED, by="ada", waited=61.25)], NOW)
    await changes.add("k3", "c2", 2, [changed(ChangeKind.ANSWERED, by="ada", waited=4.0)], NOW)
    await changes.add("k4", "c2", 2, [changed(ChangeKind.FLOW_ENDED, detail="hi/bye")], later(600))
    await AiCalls(mongo, "acme").add(msgspec.structs.replace(CALL, outcome="answered", cost_usd="1"))
    await Orders(mongo, "acme").place(
        OrderPlaced(id="o1", number="K7", lines=(), total="9.50", currency="EUR"), "u1", "c1", NOW
    )
    found = await Statistics(mongo, "acme").count(*DAY)
    assert found == {
        QUARTER: {
            Key(Measure.HANDED_OFF, "", "main"): 1,
            Key(Measure.TAKEN, "ada", "main"): 1,
            Key(Measure.ANSWERED, "ada", "main"): 2,
            Key(Measure.WAITED_MS, "ada", "main"): 65_250,
            Key(Measure.WAITED, "300", "main"): 1,
            Key(Measure.WAITED, "30", "main"): 1,
            Key(Measure.AI_ANSWERS, "m"): 1,
            Key(Measure.AI_MICRO_USD, "m"): 1_000_000,
            Key(Measure.ORDERS, "EUR"): 1,
            Key(Measure.ORDERS_MICRO, "EUR"): 9_500_000,
        },
        NEXT: {Key(Measure.FLOWS_ENDED, "hi/bye", "main"): 1},
    }


async def test_counting_again_replaces(mongo: Mongo) -> None:
    statistics = Statistics(mongo, "acme")
    await receive(mongo, 1)
    await send(mongo, 1, None)
    once = await statistics.count_and_store(*DAY)
    assert await statistics.read(*DAY) == once == await statistics.count_and_store(*DAY)
    message = msgspec.structs.replace(outbound(1), created_at=later(1))
    await OutboundMessages(mongo, "acme").status(status(Status.READ, message, provider_id="wamid.1"))
    await statistics.count_and_store(*DAY)
    assert (await statistics.read(*DAY))[QUARTER][Key(Measure.READ, "faq", "main")] == 1


async def test_stored_quarter_without_source_is_removed(mongo: Mongo) -> None:
    statistics = Statistics(mongo, "acme")
    one: Quarters = {QUARTER: Counter({Key(Measure.RECEIVED, "faq", "main"): 3})}
    await statistics.replace(*DAY, one)
    later_quarter = {DAY[1]: one[QUARTER]}
    await statistics.replace(DAY[1], DAY[1] + timedelta(days=1), later_quarter)
    assert await statistics.count_and_store(*DAY) == {}
    assert await statistics.read(DAY[0], DAY[1] + timedelta(days=1)) == later_quarter


async def test_progress_never_goes_back(mongo: Mongo) -> None:
    statistics = Statistics(mongo, "acme")
    assert await statistics.counted_until() == {}
    await statistics.note_counted("soon", NEXT)
    await statistics.note_counted("soon", QUARTER)
    await statistics.note_counted("final", QUARTER)
    assert await statistics.counted_until() == {"soon": NEXT, "final": QUARTER}


async def test_refused_message_counts_by_the_refusal(mongo: Mongo) -> None:
    messages = OutboundMessages(mongo, "acme")
    await messages.claim(outbound(1), "a", NOW)
    await messages.record_failure(outbound(1).id, "a", ProviderError(code="470"), DeadLetterReason.SEND_REJECTED, NOW)
    assert await Statistics(mongo, "acme").count(*DAY) == {QUARTER: {Key(Measure.FAILED, "470", "main"): 1}}


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Berlin", 23), ("America/Sao_Paulo", 24), ("Asia/Kathmandu", 24), ("UTC", 24)]
)
def test_local_days_have_their_hours(zone: str, hours: int) -> None:
    """On 29 March 2026 Berlin sets its clocks forward."""
    begins = datetime(2026, 3, 27, tzinfo=UTC)
    one = Counter({Key(Measure.RECEIVED): 1})
    quarters = [(begins + number * timedelta(minutes=15), one) for number in range(4 * 24 * 5)]
    days = {str(day.date()): counts[Key(Measure.RECEIVED)] for day, counts in by_period(quarters, zone, days=True)}
    assert days["2026-03-29"] == 4 * hours
    assert sum(days.values()) == len(quarters)
    assert len(by_period(quarters, zone, days=False)) in (120, 121)


def test_two_hours_of_the_same_name_are_counted_apart() -> None:
    """On 25 October 2026 Berlin has 02:00 to 03:00 twice."""
    begins = datetime(2026, 10, 25, tzinfo=UTC)
    quarters = [(begins + n * timedelta(minutes=15), Counter({Key(Measure.RECEIVED): n // 4 + 1})) for n in range(12)]
    hours = [
        (start.isoformat(), counts[Key(Measure.RECEIVED)])
        for start, counts in by_period(quarters, "Europe/Berlin", days=False)
    ]
    assert hours == [
        ("2026-10-25T02:00:00+02:00", 4),
        ("2026-10-25T02:00:00+01:00", 8),
        ("2026-10-25T03:00:00+01:00", 12),
    ]


def test_quarters_and_classes() -> None:
    assert quarter_of(NOW) == QUARTER
    assert [waited_class(seconds) for seconds in (0.0, 30.0, 30.1, 86_400, 86_401)] == [
        *("30", "30", "60", "86400", "longer")
    ]


async def test_counts_agree_with_the_collections(mongo: Mongo) -> None:
    """Totals of many random messages equal plain counts of the collections."""
    rng = random.Random(7)
    reached = [None, Status.SENT, Status.DELIVERED, Status.READ]
    for number in range(1, 200):
        await receive(mongo, number * 60, rng.choice(["faq", "ai", "flow: x"]))
        await send(mongo, number * 60, rng.choice(reached), rng.choice(list(Author)))
    total: Counter[Measure] = Counter()
    for counts in (await Statistics(mongo, "acme").count_and_store(*DAY)).values():
        for key, number in counts.items():
            total[key.measure] += number
    sent = mongo.collection("outbound")
    assert total == {
        Measure.RECEIVED: await mongo.collection("messages").count({}),
        Measure.SENT: await sent.count({}),
        Measure.DELIVERED: await sent.count({"status": {"$in": ["delivered", "read"]}}),
        Measure.READ: await sent.count({"status": "read"}),
    }
