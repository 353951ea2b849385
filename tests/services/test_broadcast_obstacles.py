"""Obstacles that appear between a broadcast's making and its first message: nothing is sent, and it says why."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.delivery.broadcasts.changes import BroadcastChanges
from services.delivery.broadcasts.engine import BroadcastEngine
from services.delivery.publisher import DeliveryPublisher
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState, broadcast_id
from shared.kafka.dead_letters import DeadLetters
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.events import EventKind
from shared.messages.operations import CreateBroadcast, PauseBroadcast, ResumeBroadcast, StartBroadcast
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcast_recipients import RecipientUpdate
from shared.repositories.customers import Customers
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.repositories.provider_templates import ProviderTemplates
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.topics import OUTBOUND_BULK
from tests.console.routed import WORKSPACE
from tests.services.builders import inbound
from tests.services.test_operations import PEOPLE, SPRING, Delivery

HELLO = BroadcastTemplate(name="hello", language="en", parameters=("Ada",))
NEWS = BroadcastTemplate(name="news", language="en")


class Shop(Delivery):
    """A workspace with a segment of all customers, and delivery with its engine."""

    def __init__(self, mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
        super().__init__(mongo, redis, clock)
        directory = Directory(mongo, redis, Secrets({"k1": b"1" * 32}), clock)
        self.directory = directory
        self.engine = self.replica("d1")
        self.templates = ProviderTemplates(mongo, "acme")
        self._number = 0

    def replica(self, name: str) -> BroadcastEngine:
        publisher = DeliveryPublisher(self.kafka, DeadLetters("delivery", self.kafka, self.clock), self.clock)
        changes = BroadcastChanges(publisher, self.clock)
        return BroadcastEngine(self.mongo, self.directory, self.kafka, self.clock, instance=name, changes=changes)

    def about(self, number: int = 0) -> dict[str, Any]:
        self._number += 1
        return super().about(number or self._number)

    async def made(self, **content: Any) -> None:
        wanted: dict[str, Any] = {"content": HELLO, "recipients": PEOPLE, **content}
        assert (await self.run(CreateBroadcast(name="Spring", **wanted, **self.about()))).done

    async def start(self, at: Any = None) -> str:
        """Start it; return why that was refused, if so."""
        return (await self.run(StartBroadcast(broadcast=SPRING, at=at, **self.about()))).detail

    async def step(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            await self.engine.start_due(tasks)

    async def due(self) -> int:
        return len(await BroadcastQueue(self.mongo).due("d3", self.clock.now(), lease=timedelta(0), limit=9))

    async def runs(self) -> Broadcast:
        """Let delivery look at it until nothing is due; return it."""
        for _ in range(20):
            self.clock.advance(1)
            await self.step()
        found = await self.broadcasts.get(SPRING)
        assert found is not None
        return found

    def sent(self) -> int:
        return len(self.kafka.messages(OUTBOUND_BULK.name))

    async def customer(self, number: int = 1) -> None:
        message = inbound("Hi", number=number, at=self.clock.now())
        customer = ids.customer_id("acme", message.sender.identity)
        await Customers(self.mongo, "acme").record_contact(customer, message, self.clock.now())


@pytest.fixture
async def shop(mongo: Mongo, redis: Redis, clock: FixedClock) -> Shop:
    await mongo.collection("workspaces").insert({**WORKSPACE, "segments": [{"name": "all"}]})
    return Shop(mongo, redis, clock)


async def test_broadcast_to_an_empty_segment_waits_for_people_and_goes_on(shop: Shop) -> None:
    await shop.made(segment="all", recipients=())
    assert not await shop.start()
    paused = await shop.runs()
    assert (paused.stage, paused.cause, paused.reason) == (BroadcastStage.PAUSED, "audience", "its audience is empty")
    assert (shop.sent(), paused.total) == (0, None)
    await shop.customer()
    assert (await shop.run(ResumeBroadcast(broadcast=SPRING, **shop.about()))).done
    assert (await shop.runs()).total == 1
    assert shop.sent() == 1


@pytest.mark.parametrize("status", ["PAUSED", "REJECTED", "DISABLED"])
async def test_template_that_is_stopped_just_before_the_start_is_not_started(shop: Shop, status: str) -> None:
    await shop.made()
    await shop.templates.record_report("w1", "hello", "en", shop.clock.now(), status=status)
    refused = await shop.start()
    assert f"The template hello (en) cannot be sent: it is {status}" in refused
    assert (await shop.runs()).stage is BroadcastStage.DRAFT
    assert shop.sent() == 0
    await shop.templates.record_report("w1", "hello", "en", shop.clock.now(), status="APPROVED")
    assert not await shop.start(), "it is started when the template is back"
    await shop.runs()
    assert shop.sent() == 2


@pytest.mark.parametrize("other", [None, NEWS], ids=["one template", "second of two"])
async def test_template_that_is_stopped_before_the_scheduled_time_pauses_it_before_anybody(
    shop: Shop, other: BroadcastTemplate | None
) -> None:
    await shop.made(other=other)
    assert not await shop.start(shop.clock.now() + timedelta(hours=1))
    assert (await shop.runs()).stage is BroadcastStage.SCHEDULED
    shop.clock.advance(3590 - 20)
    stopped = other or HELLO
    await shop.templates.record_report("w1", stopped.name, "en", shop.clock.now(), status="REJECTED")
    paused = await shop.runs()
    assert (paused.stage, paused.cause) == (BroadcastStage.PAUSED, "template")
    assert paused.reason.startswith(f"the template {stopped.name} (en) cannot be sent: it is REJECTED")
    assert shop.sent() == 0
    counts = await shop.recipients.counts(SPRING)
    assert counts[RecipientState.PENDING] == 2, "nothing is half done"
    await shop.templates.record_report("w1", stopped.name, "en", shop.clock.now(), status="APPROVED")
    assert (await shop.run(ResumeBroadcast(broadcast=SPRING, **shop.about()))).done
    await shop.runs()
    assert shop.sent() == 2


async def test_broadcast_whose_channel_was_stopped_for_days_ends_after_it_is_resumed(shop: Shop) -> None:
    await shop.made()
    assert not await shop.start()
    await shop.runs()
    messages = OutboundMessages(shop.mongo, "acme")
    for message in shop.kafka.messages(OUTBOUND_BULK.name):
        await messages.claim(message, "a", shop.clock.now(), state=OutboundState.HELD)
    assert (await shop.run(PauseBroadcast(broadcast=SPRING, **shop.about()))).done
    shop.clock.advance(4 * 86400)
    await shop.runs()
    assert await shop.recipients.next_due(SPRING) is not None
    sent = {"$set": {"state": "sent", "status": "sent"}}
    await shop.mongo.collection("outbound").update_many({}, sent)
    assert (await shop.run(ResumeBroadcast(broadcast=SPRING, **shop.about()))).done
    assert (await shop.runs()).stage is BroadcastStage.DONE
    assert (await shop.recipients.counts(SPRING))[RecipientState.SENT] == 2


async def test_segment_that_was_edited_while_the_broadcast_was_paused_is_read_anew(shop: Shop) -> None:
    await shop.customer()
    await shop.made(segment="all", recipients=())
    assert not await shop.start()
    await shop.recipients.add(SPRING, [Recipient(id="r9", customer_id="left", identity="+1")])  # of the old segment
    await shop.broadcasts.read_up_to(SPRING, "zzz")
    assert (await shop.run(PauseBroadcast(broadcast=SPRING, **shop.about()))).done
    assert (await shop.run(ResumeBroadcast(broadcast=SPRING, **shop.about()))).done
    assert (await shop.runs()).total == 1
    assert await shop.recipients.states(SPRING, ["r9"]) == {}


async def test_retry_at_the_moment_of_the_end_is_carried_out(shop: Shop) -> None:
    await shop.made()
    assert not await shop.start()
    await shop.runs()
    people = await shop.recipients.page(SPRING, after="", limit=9)
    failed = [RecipientUpdate(id=one.id, was=one.reached, reached=RecipientState.FAILED) for one in people]
    await shop.recipients.update(failed, shop.clock.now())
    assert await shop.recipients.retry(SPRING, shop.clock.now()) == 2
    assert await shop.broadcasts.finish(SPRING, shop.clock.now()), "delivery had found nobody pending just before"
    assert (await shop.runs()).stage is BroadcastStage.RUNNING
    assert shop.sent() == 4


@pytest.mark.parametrize("restarted", [False, True], ids=["same process", "another process"])
async def test_stage_that_could_not_be_published_is_published_later(shop: Shop, restarted: bool) -> None:
    """Also the last one, after which nothing else is due."""
    await shop.made()
    assert not await shop.start()
    await shop.runs()
    people = await shop.recipients.page(SPRING, after="", limit=9)
    sent = [RecipientUpdate(id=one.id, was=one.reached, reached=RecipientState.SENT) for one in people]
    await shop.recipients.update(sent, shop.clock.now())
    shop.kafka.away = True
    assert (await shop.runs()).stage is BroadcastStage.DONE
    shop.kafka.away = False
    before = len(shop.events(EventKind.BROADCAST_CHANGED))
    if restarted:
        shop.clock.advance(30)
        shop.engine = shop.replica("d2")
    await shop.runs()
    assert len(shop.events(EventKind.BROADCAST_CHANGED)) == before + 1
    assert await shop.due() == 0


async def test_result_within_a_second_of_the_end_is_reported(shop: Shop) -> None:
    await shop.made()
    assert not await shop.start()
    await shop.runs()
    assert (await shop.run(PauseBroadcast(broadcast=SPRING, **shop.about()))).done
    await shop.step()
    for message in shop.kafka.messages(OUTBOUND_BULK.name):
        await OutboundMessages(shop.mongo, "acme").claim(message, "a", shop.clock.now())
    await shop.mongo.collection("outbound").update_many({}, {"$set": {"state": "sent", "status": "read"}})
    await shop.mongo.collection("broadcast_recipients").update_many({}, {"$set": {"look_at": shop.clock.now()}})
    await shop.mongo.collection("broadcasts").update_many({}, {"$set": {"look_at": shop.clock.now()}})
    before = len(shop.events(EventKind.BROADCAST_CHANGED))
    await shop.step()
    assert (await shop.recipients.counts(SPRING))[RecipientState.READ] == 2
    assert len(shop.events(EventKind.BROADCAST_CHANGED)) == before, "another one was published in this second"
    await shop.runs()
    assert len(shop.events(EventKind.BROADCAST_CHANGED)) == before + 1


class HeldUp(BroadcastEngine):
    """An engine in which the step of SPRING waits, as that of a large audience. steps: of the broadcasts, so far."""

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self.go_on, self.steps = asyncio.Event(), list[str]()

    async def step(self, workspace: str, id_: str) -> None:
        self.steps.append(id_)
        if id_ == SPRING:
            await self.go_on.wait()
        await super().step(workspace, id_)


async def test_broadcast_with_a_long_step_does_not_hold_up_another(
    mongo: Mongo, redis: Redis, clock: FixedClock, shop: Shop
) -> None:
    await shop.made()
    assert not await shop.start()
    assert (await shop.run(CreateBroadcast(name="Autumn", content=HELLO, recipients=PEOPLE, **shop.about()))).done
    other = broadcast_id("acme", "Autumn")
    assert (await shop.run(StartBroadcast(broadcast=other, **shop.about()))).done
    directory = Directory(mongo, redis, Secrets({"k1": b"1" * 32}), clock)
    engine = HeldUp(mongo, directory, shop.kafka, clock, instance="d1")
    async with asyncio.TaskGroup() as tasks:
        while engine.steps.count(other) < 3:
            clock.advance(1)
            await engine.start_due(tasks)
            await asyncio.sleep(0.01)  # the steps are made meanwhile
        assert engine.steps.count(SPRING) == 1
        engine.go_on.set()
    assert shop.sent() >= 2
