"""Wires delivery: settings → parts → run. Replies, bulk, retries, statuses and webhooks out are read apart, so
that none waits."""

from functools import partial
from typing import Any
from zlib import crc32

from services.delivery.broadcasts.engine import BroadcastEngine
from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.channels.release import HeldMessageRelease
from services.delivery.outbound_handler import OutboundHandler
from services.delivery.presence import PresenceSender
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.claims import Claims
from services.delivery.sending.readiness import ReadinessCheck
from services.delivery.sending.retry_policy import RetryLimits
from services.delivery.sending.window import BodySelector
from services.delivery.statuses.account_events import AccountEventHandler
from services.delivery.statuses.failures import FailedStatuses
from services.delivery.statuses.handler import StatusHandler
from services.delivery.webhooks_out.caller import WebhookCaller
from services.delivery.webhooks_out.cooldowns import EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import WebhookHandler
from services.delivery.webhooks_out.retries import WebhookRetries
from shared.http.poster import Poster
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.runtime.processor import Handler
from shared.kafka.runtime.runner import LaneOf
from shared.messages.inbound import Provider
from shared.operations.template_validator import TemplateValidator
from shared.providers.adapter import ClientSetup
from shared.providers.api_calls import Timeouts, open_session
from shared.providers.port import MessageSender
from shared.providers.registry import PROVIDERS
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run
from shared.storage.buckets import Buckets
from shared.storage.mongo import Mongo
from shared.topics import (
    CONVERSATION_EVENTS,
    INBOUND_STATUSES,
    OUTBOUND_BULK,
    OUTBOUND_MESSAGES,
    OUTBOUND_RETRY,
    WEBHOOKS_REPLAY,
    Topic,
)

_BULK_LANES = 200
_LANES_OF_A_NUMBER = 64  # for its bulk; as many as wait for its pace, are sent or recorded at the same time
_WEBHOOK_LANES = 100
_PATIENT = partial(AiokafkaSource, patience=0.2)  # of what nobody waits for
_CONNECT = 5.0  # seconds to connect to a provider


def _conversation(message: Any) -> str:
    return str(message.conversation_id)


def _place_in_line(message: Any) -> str:
    """Of bulk: no more of a number's is begun than can be under way; what waits behind costs nothing."""
    return f"{message.channel}/{crc32(message.conversation_id.encode()) % _LANES_OF_A_NUMBER}"


def _subject(message: Any) -> str:
    """A status is ordered with the others of its message; an account event with nothing."""
    return str(getattr(message, "provider_message_id", message.id))


def _conversation_of_event(message: Any) -> str:
    return str(getattr(message, "event", message).conversation_id)


def _senders(process: Process) -> dict[Provider, MessageSender]:
    settings = process.settings
    session = open_session(connections=settings.lanes + 200)
    process.closing(session.close)
    timeouts = Timeouts(connect=_CONNECT, read=settings.send_timeout)
    setup = ClientSetup(session=session, clock=process.clock, settings=settings, timeouts=timeouts)
    return {provider: adapter.make_sender(setup) for provider, adapter in PROVIDERS.items()}


async def wire(process: Process) -> None:
    """Make the parts of a delivery process."""
    settings = process.settings
    mongo = await process.mongo()
    redis = process.redis()
    producer = await process.producer()
    dead_letters = process.dead_letters(producer)
    reporter = DeliveryPublisher(producer, dead_letters, process.clock)
    courtesies = PresenceSender()
    senders = _senders(process)
    process.closing(courtesies.close)
    states = ChannelStates(mongo)
    gate = ChannelGate(states, redis, process.clock)
    await process.available(gate.refresh)
    pacing = SendPacing(Buckets(redis), process.clock)
    call_limit, grace = _CONNECT + settings.send_timeout + 1.0, settings.in_doubt_grace
    places = ReadinessCheck(gate, pacing, process.clock, settled=2 * (call_limit + grace))
    claims = Claims(reporter, places, process.clock, instance=process.instance, grace=grace, call_limit=call_limit)
    allowed = RetryLimits(attempts=settings.send_attempts, age=settings.send_max_age)
    directory = Directory(mongo, redis, process.secrets(), process.clock)
    workspaces = Workspaces(mongo, process.clock)
    checked = TemplateValidator(mongo, workspaces, process.clock)
    windows = BodySelector(mongo, workspaces, checked, process.clock)
    sending = MessageAttempts(claims, gate, windows, checked, reporter, process.clock, allowed)
    delivery = OutboundHandler(mongo, directory, senders, sending, reporter, gate, pacing, courtesies, process.clock)
    failures = FailedStatuses(gate, windows, checked, reporter, process.clock, allowed)
    account_news = AccountEventHandler(mongo, directory, gate, states, process.clock)
    statuses = StatusHandler(mongo, directory, failures, reporter, account_news)
    release = HeldMessageRelease(mongo, states, gate, directory, reporter, process.clock, instance=process.instance)

    _webhooks_out(process, mongo, dead_letters)

    def read(
        topic: Topic,
        handler: Handler,
        lane_of: LaneOf,
        lanes: int | None = None,
        *,
        low_priority: bool = False,
        patient: bool = False,
    ) -> None:
        process.consume(
            f"delivery.{topic.name}",
            {topic.name: handler},
            source=_PATIENT if patient else AiokafkaSource,
            lane_of=lane_of,
            dead_letters=dead_letters,
            lanes=lanes,
            low_priority=low_priority,
        )

    read(OUTBOUND_MESSAGES, delivery.on_message, _conversation)
    read(OUTBOUND_BULK, delivery.on_message, _place_in_line, _BULK_LANES, low_priority=True)
    read(OUTBOUND_RETRY, delivery.on_retry, _conversation)
    read(INBOUND_STATUSES, statuses.on_record, _subject, low_priority=True, patient=True)
    process.part(release.run)
    process.part(BroadcastEngine(mongo, directory, producer, process.clock, instance=process.instance).run)


def _webhooks_out(process: Process, mongo: Mongo, dead_letters: DeadLetters) -> None:
    """Its own group: what a workspace's system makes it wait for holds nothing else up."""
    settings, workspaces, resting = process.settings, Workspaces(mongo, process.clock), EndpointCooldowns()
    poster = Poster(private=settings.webhooks_out_private, timeout=settings.webhooks_out_timeout)
    process.closing(poster.close)
    calls = WebhookCaller(mongo, poster, process.secrets(), process.clock)
    giving_up = WebhookDeadLetters(dead_letters, process.clock)
    hooks = WebhookHandler(
        mongo, workspaces, calls, resting, giving_up, process.clock, most_waiting=settings.webhooks_out_waiting
    )
    process.consume(
        "delivery.webhooks",
        {CONVERSATION_EVENTS.name: hooks.on_event, WEBHOOKS_REPLAY.name: hooks.on_replay},
        source=_PATIENT,
        lane_of=_conversation_of_event,
        dead_letters=dead_letters,
        lanes=_WEBHOOK_LANES,
        skip=hooks.can_skip,
    )
    process.part(WebhookRetries(mongo, workspaces, calls, resting, giving_up, process.clock).run)


def main() -> int:
    """The process; its exit code."""
    return run("delivery", wire, secrets_key=True)
