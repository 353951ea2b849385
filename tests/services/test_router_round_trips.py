"""The round trips of a known customer's message and of a command in the router, as they are listed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace
from pymongo import monitoring

from services.router.command_handler import ROUND_TRIPS as OF_COMMAND
from services.router.message_handler import ROUND_TRIPS, ROUND_TRIPS_BEHIND
from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.kafka.records import NewRecord
from shared.messages.commands import TakeOver
from shared.messages.inbound import InboundMessage
from shared.repositories.conversations import KEPT
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.topics import AI_REQUESTS, OUTBOUND_MESSAGES
from tests.conftest import Infra
from tests.services.builders import FAQS, NOW, inbound

CONVERSATION = ids.conversation_id("acme", "main", "+2348030000001")
FAQ, QUESTION = "What are your opening hours?", "please tell me about quantum cheese"
EVERY_FEW_SECONDS = ("find workspaces", "find erased")  # whatever the number of messages


class Trips(monitoring.CommandListener):
    """Round trips in the order of their beginnings and ends, while `on`."""

    def __init__(self) -> None:
        self.on = False
        self.began: list[str] = []
        self.ended: list[str] = []
        self._names: dict[int, str] = {}
        self._inserting = threading.Event()  # events come from the driver's threads

    def clear(self) -> None:
        self.began, self.ended = [], []
        self._inserting.clear()

    async def message_is_being_stored(self) -> None:
        assert await asyncio.to_thread(self._inserting.wait, 20), "the message is not stored beside the publication"

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.on and (name := _name(event)) not in EVERY_FEW_SECONDS:
            self.began.append(name)
            self._names[event.request_id] = name
            if name == "insert messages":
                self._inserting.set()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if (name := self._names.pop(event.request_id, "")) and self.on:
            self.ended.append(name)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._names.pop(event.request_id, None)


def _name(event: monitoring.CommandStartedEvent) -> str:
    return f"{event.command_name} {event.command.get(event.command_name)}"


TRIPS = Trips()
monitoring.register(TRIPS)


class Producer:
    """Waits until the message is being stored: both take place at the same time."""

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        topics = {record.topic for record in records}
        TRIPS.began.append("kafka")
        if TRIPS.on and topics & {AI_REQUESTS.name, OUTBOUND_MESSAGES.name}:
            await TRIPS.message_is_being_stored()
        TRIPS.ended.append("kafka")


@pytest.fixture
async def mine(mongo: Mongo, infra: Infra) -> AsyncIterator[Mongo]:
    """A connection whose commands are counted."""
    mine = Mongo(infra.mongodb, mongo.database)
    yield mine
    await mine.close()


@pytest.fixture
def counted() -> Iterator[Trips]:
    TRIPS.clear()
    yield TRIPS
    TRIPS.on = False


async def router_of(mongo: Mongo, clock: FixedClock, **fields: object) -> Router:
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1, **fields}
    )
    return Router(mongo, Workspaces(mongo, clock), Producer(), clock)


def message(text: str, number: int, clock: FixedClock) -> InboundMessage:
    return inbound(text, number=number, at=clock.now())


async def write(router: Router, clock: FixedClock, text: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        await router.on_message(message(text, number, clock))
        clock.advance(1)


def stores(trips: Sequence[str]) -> list[str]:
    return ["kafka" if trip == "kafka" else "mongodb" for trip in trips]


async def test_faq_message_of_a_known_customer_makes_the_listed_round_trips(mine: Mongo, counted: Trips) -> None:
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    await write(router, clock, FAQ, [1])
    counted.on = True
    counted.clear()
    await write(router, clock, FAQ, [2])
    assert counted.began[0] == "update conversations"
    assert counted.ended[0] == "update conversations", "the rest begins when the decision is stored"
    assert sorted(stores(counted.began)) == sorted(store for store, _ in ROUND_TRIPS)


async def test_question_for_a_model_makes_the_listed_round_trips(mine: Mongo, counted: Trips) -> None:
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    await write(router, clock, QUESTION, [1])
    clock.advance(120)  # the answer may be sent by now, which the request does not depend on
    counted.on = True
    counted.clear()
    await write(router, clock, QUESTION, [2])
    assert counted.ended[0] == "update conversations", "the rest begins when the decision is stored"
    assert sorted(stores(counted.began)) == sorted(store for store, _ in ROUND_TRIPS)


async def test_message_with_many_decisions_before_it_makes_no_more_round_trips(mine: Mongo, counted: Trips) -> None:
    """If, by the provider's time, it was sent after the oldest kept decision."""
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    for number in range(KEPT + 2):
        await write(router, clock, FAQ, [number])
        clock.advance(120)
    counted.on = True
    counted.clear()
    await write(router, clock, FAQ, [99])
    assert sorted(stores(counted.began)) == sorted(store for store, _ in ROUND_TRIPS)
    counted.clear()
    unknown = message(FAQ, 100, clock)
    clock.advance(1)
    await router.on_message(replace(unknown, sent_at=unknown.sent_at + timedelta(microseconds=1)))
    assert "find messages" in counted.began, "a time of arrival may be that of a redelivery"


async def test_postponed_updates_of_many_messages_are_one_round_trip_each(mine: Mongo, counted: Trips) -> None:
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    await write(router, clock, FAQ, [1])
    await router.flush()
    await write(router, clock, FAQ, range(2, 8))
    counted.on = True
    counted.clear()
    await router.flush()
    assert sorted(counted.began) == ["update customers", "update usage"]
    assert len(counted.began) == len(ROUND_TRIPS_BEHIND)
    counted.clear()
    await router.flush()
    assert counted.began == []


async def test_command_makes_the_listed_round_trips(mine: Mongo, counted: Trips) -> None:
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    await write(router, clock, FAQ, [1])
    counted.on = True
    counted.clear()
    await router.on_command(
        TakeOver(
            id="c1",
            workspace="acme",
            correlation_id="x",
            created_at=clock.now(),
            conversation_id=CONVERSATION,
            by="ada",
        )
    )
    assert stores(counted.began) == [store for store, _ in OF_COMMAND]


async def test_first_message_after_a_while_is_loaded_once(mine: Mongo, counted: Trips) -> None:
    """Also the customer, at the same time."""
    clock = FixedClock(NOW)
    router = await router_of(mine, clock)
    await write(router, clock, FAQ, [1])
    clock.advance(3600)
    counted.on = True
    counted.clear()
    await write(router, clock, FAQ, [2])
    assert sorted(counted.began[:2]) == ["find conversations", "find customers"]
    counted.clear()
    await write(router, clock, FAQ, [3])
    assert "find conversations" not in counted.began
