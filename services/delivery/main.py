"""Wires delivery: settings → parts → run. Replies, bulk, retries, statuses and webhooks out have a consumer each, so
that none waits for another.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from zlib import crc32

from services.delivery.broadcasts.changes import BroadcastChanges
from services.delivery.broadcasts.engine import BroadcastEngine
from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing, is_bulk
from services.delivery.channels.release import HeldMessageRelease
from services.delivery.channels.unreadable import UnreadableSecretsWatch
from services.delivery.due_work import DueWorkWatch
from services.delivery.event_handler import EventHandler
from services.delivery.operations.handler import OperationHandler, lane_of
from services.delivery.outbound_handler import OutboundHandler
from services.delivery.presence import PresenceSender
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.claims import Claims
from services.delivery.sending.doubt import DoubtResolver
from services.delivery.sending.order import ConversationOrder
from services.delivery.sending.outcomes import AttemptOutcomes
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.readiness import ReadinessCheck
from services.delivery.sending.reply_slots import ReplySlots
from services.delivery.sending.retry_policy import IN_PLACE, RetryLimits
from services.delivery.sending.window import BodySelector
from services.delivery.statuses.account_events import AccountEventHandler
from services.delivery.statuses.failures import FailedStatuses
from services.delivery.statuses.handler import StatusHandler
from services.delivery.stores import StoresWatch
from services.delivery.webhooks_out.call_log import WebhookCallLog
from services.delivery.webhooks_out.caller import WebhookCaller
from services.delivery.webhooks_out.cooldowns import EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import WebhookHandler
from services.delivery.webhooks_out.retries import WebhookRetries
from shared.http.poster import Poster
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import Source
from shared.kafka.runtime.processor import BatchHandler, Handler
from shared.kafka.runtime.runner import LaneOf
from shared.messages.inbound import Provider
from shared.messages.outbound import OutboundMessage
from shared.operations.media.links import file_links_of
from shared.operations.template_validator import TemplateValidator
from shared.providers.adapter import ClientSetup
from shared.providers.api_calls import Timeouts, open_session
from shared.providers.port import MessageSender
from shared.providers.registry import PROVIDERS
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run
from shared.storage.buckets import RateBuckets
from shared.storage.mongo import Mongo
from shared.topics import (
    CONVERSATION_EVENTS,
    INBOUND_STATUSES,
    OPERATIONS_COMMANDS,
    OUTBOUND_BULK,
    OUTBOUND_MESSAGES,
    OUTBOUND_RETRY,
    WEBHOOKS_REPLAY,
    Topic,
)

_BULK_LANES = 200
_BULK_LANES_PER_NUMBER = 64  # bulk messages of one number that are in flight at the same time
_WEBHOOK_LANES = 100
_WEBHOOK_LANES_PER_WORKSPACE = 25  # calls of an endpoint that hangs leave most lanes to others
_STATUS_LANES = 2  # of a workspace, as many as may be active: the fewer, the more statuses are stored together
_STATUS_PATIENCE = 0.5  # seconds by which a status may be delayed, so that more are fetched, and stored, together
_OPERATIONS_PATIENCE = 0.5  # seconds by which a person's operation may be delayed
_CONNECT = 5.0  # seconds to connect to a provider


def _conversation(message: Any) -> str:
    return str(message.conversation_id)


def retry_lane(message: OutboundMessage) -> str:
    """Return the lane of a retry: a broadcast's message may wait for a minute in its own, and no reply waits for it."""
    return f"bulk/{message.conversation_id}" if is_bulk(message) else message.conversation_id


def _bulk_lane(message: Any) -> str:
    """Return one of the 64 lanes of a number's bulk: no more messages are begun than can be in flight."""
    return f"{message.channel}/{crc32(message.conversation_id.encode()) % _BULK_LANES_PER_NUMBER}"


def _subject(message: Any) -> str:
    """Return the lane of a status, one of few, all statuses of a message in the same; account events have no order.

    A status without our id has a lane for its message: it may have to wait for the provider's answer to the send.
    """
    if getattr(message, "outbound_id", None):
        return str(crc32(message.provider_message_id.encode()) % _STATUS_LANES)
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
    settings, clock = process.settings, process.clock
    mongo = await process.mongo()
    redis = process.redis()
    producer = await process.producer()
    dead_letters = process.dead_letters(producer)
    publisher = DeliveryPublisher(producer, dead_letters, clock)
    senders = _senders(process)
    states = ChannelStates(mongo)
    gate = ChannelGate(states, redis, clock, on_stopped=publisher.channel_changed)
    await process.available(gate.refresh)
    process.ops.before_scrape.append(gate.observe)
    presence = PresenceSender(senders, gate)
    process.closing(presence.close)
    pacing = SendPacing(RateBuckets(redis), gate, clock, most_wait=IN_PLACE)
    limits = RetryLimits(attempts=settings.send_attempts, age=settings.send_max_age)
    directory = Directory(mongo, redis, process.secrets(), clock)
    workspaces = Workspaces(mongo, clock)
    validator = TemplateValidator(mongo, workspaces, clock)
    bodies = BodySelector(mongo, workspaces, validator, clock)
    order = ConversationOrder()
    claims = _claims(process, publisher, gate, pacing, order)
    outcomes = AttemptOutcomes(claims, gate, bodies, validator, publisher, clock, limits)
    attempts = MessageAttempts(claims, bodies, validator, outcomes, file_links_of(settings), clock)
    outbound = OutboundHandler(mongo, directory, senders, attempts, publisher, pacing, presence, clock)
    failures = FailedStatuses(gate, bodies, validator, publisher, clock, limits)
    account_events = AccountEventHandler(mongo, directory, gate, states, clock, publisher)
    statuses = StatusHandler(mongo, directory, failures, publisher, account_events)
    release = HeldMessageRelease(mongo, states, gate, directory, publisher, clock, instance=process.instance)
    changes = BroadcastChanges(publisher, clock)
    broadcasts = BroadcastEngine(mongo, directory, producer, clock, instance=process.instance, changes=changes)
    watch = DueWorkWatch(mongo, gate, clock, instance=process.instance)

    _events(process, mongo, dead_letters, watch, lambda hooks: EventHandler(directory, presence, order, hooks, clock))

    def read(
        topic: Topic,
        handler: Handler,
        lane_of: LaneOf,
        lanes: int | None = None,
        *,
        low_priority: bool = False,
        source: Callable[..., Source] = AiokafkaSource,
        batch_handler: BatchHandler | None = None,
        on_reassigned: Callable[[], None] = lambda: None,
    ) -> None:
        process.consume(
            f"delivery.{topic.name}",
            {topic.name: handler},
            source=source,
            lane_of=lane_of,
            dead_letters=dead_letters,
            lanes=lanes,
            low_priority=low_priority,
            on_reassigned=on_reassigned,
            batch_handlers={topic.name: batch_handler} if batch_handler else {},
        )

    read(OUTBOUND_MESSAGES, outbound.on_message, _conversation, on_reassigned=order.forget_all)
    read(OUTBOUND_BULK, outbound.on_message, _bulk_lane, _BULK_LANES, low_priority=True)
    read(OUTBOUND_RETRY, outbound.on_retry, retry_lane)
    operations = OperationHandler(mongo, directory, workspaces, publisher, settings, clock)
    source = partial(AiokafkaSource, patience=lambda: _OPERATIONS_PATIENCE)
    read(OPERATIONS_COMMANDS, operations.on_command, lane_of, low_priority=True, source=source)
    read(
        INBOUND_STATUSES,
        statuses.on_record,
        _subject,
        low_priority=True,
        source=partial(AiokafkaSource, patience=lambda: _STATUS_PATIENCE),
        batch_handler=statuses.on_batch,
    )
    process.part(partial(release.run, due=watch.channels))
    process.part(partial(broadcasts.run, due=watch.broadcasts))
    process.part(watch.run)
    process.part(UnreadableSecretsWatch(mongo, process.secrets(), process.clock).run)
    process.part(StoresWatch(mongo, redis, timedelta(hours=settings.backup_max_age_hours)).run)


def _claims(
    process: Process, publisher: DeliveryPublisher, gate: ChannelGate, pacing: SendPacing, order: ConversationOrder
) -> Claims:
    clock, instance = process.clock, process.instance
    call_limit, grace = _CONNECT + process.settings.send_timeout + 1.0, process.settings.in_doubt_grace
    readiness = ReadinessCheck(gate, pacing, clock, settled=2 * (call_limit + grace))
    own_claims = OwnClaims(f"{instance}:{clock.now().timestamp():.3f}:")
    doubt = DoubtResolver(own_claims, clock, instance=instance, grace=grace, call_limit=call_limit)
    return Claims(publisher, readiness, order, doubt, own_claims, ReplySlots(pacing), clock)


def _events(
    process: Process,
    mongo: Mongo,
    dead_letters: DeadLetters,
    watch: DueWorkWatch,
    handler_of: Callable[[WebhookHandler], EventHandler],
) -> None:
    """Wire events in a consumer group of their own: a workspace's slow webhook out delays no messages."""
    settings, workspaces, cooldowns = process.settings, Workspaces(mongo, process.clock), EndpointCooldowns()
    poster = Poster(private=settings.webhooks_out_private, timeout=settings.webhooks_out_timeout)
    process.closing(poster.close)
    log = WebhookCallLog(mongo, process.clock, days=settings.webhooks_out_log_days)
    process.closing(log.close)
    caller = WebhookCaller(mongo, poster, process.secrets(), process.clock, log)
    expired = WebhookDeadLetters(dead_letters, process.clock, log)
    hooks = WebhookHandler(
        mongo, workspaces, caller, cooldowns, expired, log, process.clock, most_waiting=settings.webhooks_out_waiting
    )
    events = handler_of(hooks)
    process.consume(
        "delivery.webhooks",
        {CONVERSATION_EVENTS.name: events.on_event, WEBHOOKS_REPLAY.name: hooks.on_replay},
        source=partial(AiokafkaSource, patience=hooks.patience),
        lane_of=_conversation_of_event,
        dead_letters=dead_letters,
        lanes=_WEBHOOK_LANES,
        lanes_per_workspace=_WEBHOOK_LANES_PER_WORKSPACE,
        skip=events.can_skip,
    )
    retries = WebhookRetries(mongo, workspaces, caller, cooldowns, expired, process.clock)
    process.part(partial(retries.run, due=watch.webhooks))


def main() -> int:
    """Run the process; return its exit code."""
    return run("delivery", wire, secrets_key=True)
