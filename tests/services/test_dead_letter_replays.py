"""Replays of dead letters of outbound messages: each reason reopens the message and puts it on its topic again."""

from datetime import timedelta
from typing import Any, cast

import pytest

from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.decisions import dead_letter_reason
from shared.clock import FixedClock
from shared.kafka.dead_letters import DeadLetters
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.messages.inbound import Provider, ProviderError
from shared.operations.dead_letters.reader import DeadLetterEntry
from shared.operations.dead_letters.replay_state import SEND_REASONS, ReplayState, replay_state
from shared.operations.dead_letters.replayer import Replayer, WebhookReplay
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.repositories.dead_letter_replays import DeadLetterReplays
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.topics import DEAD_LETTERS, OUTBOUND_MESSAGES
from tests.console.routed import KafkaList
from tests.repositories.builders import outbound

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="", settings={}, secrets={})
ERROR = ProviderError(code="1", title="No")


def _entry(letter: DeadLetter, offset: int) -> DeadLetterEntry:
    known: dict[str, Any] = {"reason": letter.reason, "workspace": "acme", "service": "delivery"}
    return DeadLetterEntry(letter.id, topic="outbound.messages", offset=offset, written=(letter.created_at,), **known)


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_reason_to_give_a_message_up_reopens_it_when_it_is_replayed(kind: ErrorKind) -> None:
    assert dead_letter_reason(SendError(kind, code="1", title="")) in SEND_REASONS


@pytest.mark.parametrize("reason", SEND_REASONS)
async def test_replayed_message_waits_for_its_record(mongo: Mongo, clock: FixedClock, reason: DeadLetterReason) -> None:
    messages, message = OutboundMessages(mongo, "acme"), outbound()
    await messages.claim(message, "a", clock.now())
    await messages.record_failure(message.id, "a", ERROR, reason, clock.now())
    kafka = KafkaList()
    await DeliveryPublisher(kafka, DeadLetters("delivery", kafka, clock), clock).failed(message, CHANNEL, ERROR, reason)
    (letter,) = kafka.messages(DEAD_LETTERS.name)
    replayer = Replayer(mongo, kafka, cast(WebhookReplay, None), clock, "ann")
    assert await replayer.replay(_entry(letter, 7), letter, again=False) == "put into outbound.messages"
    stored = await messages.get(message.id)
    assert stored is not None
    assert (stored.state, stored.reason) == (OutboundState.WAITING, "")
    assert kafka.messages(OUTBOUND_MESSAGES.name) == [message]
    replay = (await DeadLetterReplays(mongo, "acme").get([letter.id]))[letter.id]
    assert replay_state(_entry(letter, 7), replay) is ReplayState.REPLAYED
    assert replay_state(_entry(letter, 8), replay) is ReplayState.FAILED_AGAIN, "written again after its replay"
    assert timedelta(0) <= clock.now() - letter.created_at
