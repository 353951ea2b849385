"""Delivery shows the presence that an event has, and posts the event to webhooks out without it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.event_handler import EventHandler
from services.delivery.presence import PresenceSender
from services.delivery.sending.order import ConversationOrder
from services.delivery.webhooks_out.caller import body_of
from services.delivery.webhooks_out.handler import WebhookHandler, delivery_of
from shared.clock import FixedClock
from shared.kafka.codec import encode
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent, EventKind, EventPresence
from shared.messages.inbound import Provider
from shared.messages.outbound import Presence
from shared.providers.port import Channel, OutgoingMessage
from shared.repositories.directory import Directory
from shared.topics import CONVERSATION_EVENTS
from shared.workspace.webhooks_out import StoredWebhook
from tests.repositories.builders import outbound
from tests.services.builders import NOW

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
CONVERSATION = outbound().conversation_id


class Parts:
    """The parts that the handler calls: the directory, the indicators, webhooks out."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool]] = []
        self.called: list[str] = []
        self.skips = True

    async def channel(self, workspace: str, channel: str) -> Channel | None:
        return CHANNEL if (workspace, channel) == ("acme", "main") else None

    def begin(self, channel: Channel, indicator: OutgoingMessage) -> None:
        assert isinstance(indicator.body, Presence)
        self.shown.append((indicator.body.provider_message_id, indicator.body.typing))

    async def on_event(self, event: ConversationEvent) -> None:
        self.called.append(event.id)

    def can_skip(self, record: Record) -> bool:
        return self.skips


class World:
    def __init__(self) -> None:
        self.parts, self.clock, self.order = Parts(), FixedClock(NOW), ConversationOrder()
        self.handler = EventHandler(
            cast(Directory, self.parts),
            cast(PresenceSender, self.parts),
            self.order,
            cast(WebhookHandler, self.parts),
            self.clock,
        )


@pytest.fixture
def world() -> World:
    return World()


def event(presence: EventPresence | None = None, channel: str = "main", **fields: Any) -> ConversationEvent:
    return ConversationEvent(
        id="e1",
        workspace="acme",
        correlation_id="0" * 32,
        created_at=NOW,
        kind=EventKind.MESSAGE_RECEIVED,
        conversation_id=CONVERSATION,
        channel=channel,
        presence=presence,
        **fields,
    )


def presence(*, typing: bool = True, turn: int = 1) -> EventPresence:
    return EventPresence(provider_message_id="wamid.9", turn=turn, typing=typing)


def record(of: ConversationEvent) -> Record:
    return Record(CONVERSATION_EVENTS.name, 0, 0, b"acme", encode(of))


async def test_presence_is_shown_once_before_webhooks_are_called(world: World) -> None:
    for typing in (True, False):
        await world.handler.on_event(event(presence(typing=typing)))
    assert world.parts.shown == [("wamid.9", True), ("wamid.9", False)]
    assert world.parts.called == ["e1", "e1"]


async def test_event_without_presence_shows_none(world: World) -> None:
    await world.handler.on_event(event(message_id="m1", detail='"presence":{'))
    assert (world.parts.shown, world.parts.called) == ([], ["e1"])


async def test_typing_is_not_shown_when_the_answer_is_sent(world: World) -> None:
    world.order.finish(outbound(2))
    for turn in (1, 2, 3):
        await world.handler.on_event(event(presence(turn=turn)))
    assert [typing for _, typing in world.parts.shown] == [False, False, True]


@pytest.mark.parametrize(("age", "shown"), [(19, [True]), (21, [False]), (599, [False]), (601, [])])
async def test_old_presence_is_only_a_read_mark_and_later_nothing(
    world: World, age: int, shown: Sequence[bool]
) -> None:
    world.clock.advance(timedelta(seconds=age).total_seconds())
    await world.handler.on_event(event(presence()))
    assert [typing for _, typing in world.parts.shown] == shown
    assert world.parts.called == ["e1"]


async def test_presence_of_a_removed_channel_is_not_shown(world: World) -> None:
    await world.handler.on_event(event(presence(), channel="gone"))
    assert (world.parts.shown, world.parts.called) == ([], ["e1"])


def test_only_events_without_presence_and_webhooks_are_skipped(world: World) -> None:
    assert world.handler.can_skip(record(event()))
    assert not world.handler.can_skip(record(event(presence())))
    world.parts.skips = False
    assert not world.handler.can_skip(record(event()))


def test_webhook_out_does_not_have_the_presence() -> None:
    webhook = cast(StoredWebhook, type("Hook", (), {"id": "crm"}))
    with_presence, without = (body_of(delivery_of(event(of), webhook)) for of in (presence(), None))
    assert with_presence == without
    assert "presence" not in json.loads(without)


class Stopped:
    seconds = 0.0
    stopped = True


class StoppedGate:
    def availability(self, channel: Channel) -> Stopped:
        return Stopped()


async def test_indicator_of_a_stopped_channel_is_not_sent() -> None:
    sender = PresenceSender({}, cast(ChannelGate, StoppedGate()))
    sender.begin(CHANNEL, OutgoingMessage(id="e1", address="", body=Presence(provider_message_id="wamid.9")))
    assert not sender._tasks
