"""Statuses that wait together: the round trips, the stored documents and the events."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from services.delivery.publisher import DeliveryPublisher
from services.delivery.statuses.handler import StatusHandler
from shared.clock import FixedClock
from shared.errors import DependencyAway
from shared.kafka.codec import decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import NewRecord, Record
from shared.messages.events import ConversationEvent
from shared.messages.inbound import InboundStatus, Provider, Status
from shared.messages.outbound import OutboundMessage
from shared.providers.port import Channel
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Collection, Document, Mongo
from tests.repositories.builders import NOW, later, outbound, status

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
LIFE = (Status.SENT, Status.DELIVERED, Status.READ)


@dataclass
class Delivery:
    """Delivery's statuses on one database. trips: calls of the stores in their order."""

    mongo: Mongo
    trips: list[str] = field(default_factory=list)
    records: list[NewRecord] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        clock, parts = FixedClock(NOW), cast(Any, self)
        publisher = DeliveryPublisher(parts, DeadLetters("delivery", parts, clock), clock)
        self.handler = StatusHandler(self.mongo, parts, parts, publisher, parts)

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.trips.append("kafka")
        if self.away:
            raise DependencyAway("kafka", "test")
        self.records += records

    async def channel(self, workspace: str, channel_id: str) -> Channel:
        return CHANNEL

    async def handle(self, status: InboundStatus, *_: object) -> None:
        self.failed.append(status.provider_message_id)

    def events(self) -> list[tuple[str | None, str]]:
        """Return the message and the status of each event."""
        decoded = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in self.records]
        return [(event.message_id, event.detail) for event in decoded if isinstance(event, ConversationEvent)]

    async def stored(self, message: OutboundMessage) -> Document:
        found = await self.mongo.collection("outbound").find_one({"_id": message.id})
        assert found is not None
        return found


@pytest.fixture
def delivery(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    made = Delivery(mongo)
    for name in ("find", "find_one", "look_up", "write", "update", "change_each", "find_and_update"):
        monkeypatch.setattr(Collection, name, _counting(made.trips, name, getattr(Collection, name)))
    return made


def _counting(trips: list[str], name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def counting(self: Any, *arguments: Any, **named: Any) -> Any:
        trips.append(name)
        return await method(self, *arguments, **named)

    return counting


async def _sent(delivery: Delivery, count: int) -> list[OutboundMessage]:
    messages = [outbound(number) for number in range(1, count + 1)]
    repository = OutboundMessages(delivery.mongo, "acme")
    for message in messages:
        await repository.claim(message, "a", NOW)
        await repository.record_accepted(message.id, "a", f"wamid.{message.id}", later(1))
    delivery.trips.clear()
    return messages


def _status(value: Status, message: OutboundMessage) -> InboundStatus:
    return status(value, message, provider_id=f"wamid.{message.id}")


async def test_many_statuses_are_one_look_up_one_update_and_one_write_to_kafka(delivery: Delivery) -> None:
    messages = await _sent(delivery, 20)
    await delivery.handler.on_batch([_status(value, message) for value in LIFE for message in messages])
    assert delivery.trips == ["find", "change_each", "kafka"]
    assert delivery.events() == [(message.id, "read") for message in messages], "one each, with the highest status"
    for message in messages:
        found = await delivery.stored(message)
        assert (found["status"], found["state"]) == ("read", "sent")
        assert [one["status"] for one in found["statuses"]] == ["sent", "delivered", "read"], "the history has all"


async def test_batches_store_what_single_statuses_do(delivery: Delivery) -> None:
    """Any order, repeated statuses, any division into batches: the documents are the same."""
    values = [*LIFE, Status.PLAYED, Status.UNKNOWN]
    for seed in range(30):
        rng = random.Random(seed)
        await delivery.mongo.empty()
        one, other = outbound(1), outbound(2)
        repository = OutboundMessages(delivery.mongo, "acme")
        accepted = rng.random() < 0.5
        for message in (one, other):
            await repository.claim(message, "a", NOW)
            if accepted:
                await repository.record_accepted(message.id, "a", "wamid.same", later(1))
        given = [rng.choice(values) for _ in range(rng.randrange(2, 8))]
        for value in given:
            await delivery.handler.on_record(status(value, one, provider_id="wamid.same"))
        split = rng.randrange(len(given) + 1)
        for part in (given[:split], given[split:]):
            await delivery.handler.on_batch([status(value, other, provider_id="wamid.same") for value in part])
        expected, found = await delivery.stored(one), await delivery.stored(other)
        for name in ("status", "rank", "state", "statuses", "sent_at", "provider_message_id"):
            assert found.get(name) == expected.get(name), (seed, name, given)


async def test_event_that_was_not_written_is_written_after_a_redelivery(delivery: Delivery) -> None:
    """The process dies between the update and the event; the records are read again, divided otherwise."""
    (message,) = await _sent(delivery, 1)
    batch = [_status(value, message) for value in LIFE]
    delivery.away = True
    with pytest.raises(DependencyAway):
        await delivery.handler.on_batch(batch)
    delivery.away = False
    await delivery.handler.on_batch(batch[:1])
    assert delivery.events() == []
    await delivery.handler.on_batch(batch[1:])
    assert delivery.events() == [(message.id, "read")]


async def test_failure_is_handled_alone_and_in_the_order_of_its_message(delivery: Delivery) -> None:
    failed, *others = await _sent(delivery, 4)
    records = [_status(Status.SENT, failed), *(_status(Status.SENT, message) for message in others)]
    await delivery.handler.on_batch([*records, _status(Status.FAILED, failed)])
    assert delivery.failed == [f"wamid.{failed.id}"]
    assert [event for event in delivery.events() if event[0] == failed.id] == [
        (failed.id, "sent"),
        (failed.id, "failed"),
    ]
    assert {event for event in delivery.events() if event[0] != failed.id} == {(one.id, "sent") for one in others}


async def test_status_of_an_unknown_message_changes_nothing_and_holds_up_no_other(delivery: Delivery) -> None:
    known, *_ = await _sent(delivery, 1)
    unknown = outbound(9)
    await delivery.handler.on_batch([_status(Status.SENT, unknown), *(_status(value, known) for value in LIFE)])
    assert delivery.events() == [(known.id, "read")]
    assert await delivery.mongo.collection("outbound").find_one({"_id": unknown.id}) is None


async def test_late_statuses_make_no_event(delivery: Delivery) -> None:
    (message,) = await _sent(delivery, 1)
    await delivery.handler.on_record(_status(Status.READ, message))
    delivery.records.clear()
    await delivery.handler.on_batch([_status(Status.SENT, message), _status(Status.DELIVERED, message)])
    assert delivery.events() == []
    assert len((await delivery.stored(message))["statuses"]) == 3
