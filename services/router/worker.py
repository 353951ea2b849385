"""Carries out the decisions: reads the state, stores state and outputs in one update, publishes, and only then returns.

A record that comes again finds its outputs recorded and has them published again; nothing is computed twice. Two
replicas that work on one conversation at once are kept apart by the version: the slower one reads and decides anew.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from services.router import pipeline
from services.router.commands import dispatch
from services.router.commands.provider_reports import opened_conversation
from services.router.context_loader import ContextLoader
from services.router.customer_resolver import ConversationMoved, CustomerResolver
from services.router.decision import Decision, DecisionKind
from services.router.effects import EffectExecutor
from services.router.shards import with_shards
from shared.clock import Clock
from shared.domain import ids
from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.domain.orders import Order
from shared.domain.record_age import is_too_old
from shared.errors import Conflict, DependencyAway
from shared.kafka.codec import encode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.commands import (
    CommandRecord,
    ConsentChanged,
    ConversationCommand,
    OrderChanged,
    ProviderReport,
    Undeliverable,
    WrittenOnPhone,
)
from shared.messages.content import System
from shared.messages.inbound import InboundMessage
from shared.repositories.conversations import KEPT, Conversations
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.inbound import InboundMessages
from shared.repositories.orders import Orders
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics, tracing
from shared.topics import key_for
from shared.workspace.config import Workspace

log = logging.get(__name__)

_TRIES = 5  # of a conversation that others change at the same time

Decide = Callable[[Conversation | None], Awaitable[Decision]]


class UnknownWorkspace(Exception):
    """A record of a workspace that does not exist (any more)."""


class UnknownConversation(Exception):
    """A command for a conversation that does not exist."""


class Router:
    """The handlers of `inbound.messages` and `conversation.commands`."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, producer: Producer, clock: Clock) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._producer = producer
        self._clock = clock
        self._effects = EffectExecutor(mongo)
        self._meter = UsageMeter(mongo, clock)
        self._resolver = CustomerResolver(mongo, clock)
        self._erasures = ErasureGuard(mongo, clock)
        self._desks = ContextLoader(mongo, clock)

    async def on_message(self, message: InboundMessage) -> None:
        """A customer wrote."""
        workspace = await self._workspace(message.workspace)
        if await self._erasures.forbid_message(message):
            await self._resolver.leave_out(message)
            _left_out()
            return
        message = await self._resolver.resolve(message)
        for _ in range(_TRIES):
            try:
                await self._on_message(workspace, message)
            except ConversationMoved as moved:
                message = await self._resolver.moved(message, moved.to)
            else:
                return
        raise DependencyAway("mongodb", "a customer is being merged")

    async def _on_message(self, workspace: Workspace, message: InboundMessage) -> None:
        """Raises ConversationMoved when the conversation goes on in another one."""
        messages = InboundMessages(self._mongo, message.workspace)
        conversations = Conversations(self._mongo, message.workspace)
        customers = Customers(self._mongo, message.workspace)
        customer_id = pipeline.new_conversation(message).customer_id
        (before, recorded), customer = await asyncio.gather(
            conversations.load(message.conversation_id, message.id), customers.get(customer_id)
        )
        if recorded is None:
            _stay(before)
            if customer is None and (there := await self._resolver.merged_into(message)):
                raise ConversationMoved(there)
        if recorded is None and _may_be_known(before) and await messages.known(message.id):
            # Its decision is not kept here any more, or was made in a conversation that has been merged into this one,
            # unless another replica stored it since we looked.
            before, recorded = await conversations.load(message.conversation_id, message.id)
            if recorded is None:
                _redelivered()
                return  # its outputs were published long ago: the offset had gone past it
        if recorded is None and is_too_old(message):
            await self._keep(message, known=customer is not None)
            return
        if recorded is None:
            now = self._clock.now()
            exceeded = await self._meter.exceeded(workspace, now, new_customer=customer is None)

            async def decide(state: Conversation | None) -> Decision:
                _stay(state)
                context = await self._desks.context(workspace, customer, state, exceeded=exceeded)
                return pipeline.decide_message(context, state, message, now)

            recorded = await self._decide_and_store(
                conversations, await self._looked_after(before), message.conversation_id, message.id, decide
            )
            metrics.DECISIONS.labels(recorded.decision.partition(":")[0]).inc()
        else:
            _redelivered()
        stored, is_new = await asyncio.gather(
            messages.add(message, turn=recorded.turn, decision=recorded.decision, routed_at=self._clock.now()),
            customers.seen(customer_id, message, message.created_at),
        )
        rest = [self._follow(recorded, message, customer_id)]
        if stored:
            rest.append(self._meter.count_message(workspace, message.created_at, new_customer=is_new))
        await asyncio.gather(*rest)
        if is_new:
            await self._resolver.look_again(message.workspace, message.conversation_id)

    async def _keep(self, message: InboundMessage, *, known: bool) -> None:
        """Keep an old message in the history of a customer who is known; nothing is answered or changed."""
        _old()
        if known:
            messages = InboundMessages(self._mongo, message.workspace)
            await messages.add(message, turn=0, decision=DecisionKind.OLD.value, routed_at=self._clock.now())
        else:
            await self._resolver.leave_out(message)

    async def _follow(self, recorded: RecordedDecision, message: InboundMessage, customer_id: str) -> None:
        """Carry out and publish what was decided."""
        await self._effects.carry_out(recorded, message.workspace, message.conversation_id, customer_id)
        if isinstance(message.content, System):
            await self._resolver.readdressed(message, message.content)
        await self._publish(recorded, message.correlation_id)

    async def _looked_after(self, before: Conversation | None) -> Conversation | None:
        """The state, knowing whether an earlier answer is still on its way through the AI service.

        By time alone it could not be known: while Kafka or MongoDB is away, an answer takes as long as they do.
        """
        if before is None or not pipeline.ai_answer_may_be_delivered(before, self._clock.now()):
            return before
        outbound = OutboundHistory(self._mongo, before.workspace)
        return (
            pipeline.without_pending_ai_answer(before)
            if await outbound.has_answer_of_turn(before.id, before.through_ai)
            else before
        )

    async def on_command(self, command: CommandRecord) -> None:
        """A person, the AI, the clock or a provider asks something of a conversation."""
        workspace = await self._workspace(command.workspace)
        if isinstance(command, Undeliverable):  # makes nobody a customer, so an erased person stays erased
            customers = Customers(self._mongo, command.workspace)
            await customers.undeliverable(command.customer_id, command.failed_at)
            return
        if isinstance(command, WrittenOnPhone | ConsentChanged):
            if await self._erasures.forbid_report(command):
                _left_out()
                return
            if is_too_old(command):
                _old()
                return
            command = await self._resolver.reported(command)
        for _ in range(_TRIES):
            try:
                await self._on_command(workspace, command)
            except ConversationMoved as moved:
                await self._resolver.look_again(command.workspace, command.conversation_id)
                command = msgspec.structs.replace(command, conversation_id=moved.to.conversation_id)
            else:
                return
        raise DependencyAway("mongodb", "a customer is being merged")

    async def _on_command(self, workspace: Workspace, command: ConversationCommand) -> None:
        """Raises ConversationMoved when the conversation goes on in another one."""
        if await self._erasures.forbid(command.workspace, command.conversation_id, command.created_at):
            _left_out()
            return
        conversations = Conversations(self._mongo, command.workspace)
        before, recorded = await conversations.load(command.conversation_id, command.id)
        known = before or _opened(command)
        customer_id = known.customer_id
        if recorded is None and known.moved_to is not None:
            raise ConversationMoved(known.moved_to)
        if recorded is None:
            customer, order = await asyncio.gather(
                Customers(self._mongo, command.workspace).get(customer_id), self._order(command)
            )

            async def decide(state: Conversation | None) -> Decision:
                now, state = self._clock.now(), state or known
                _stay(state)
                context = await self._desks.context(workspace, customer, state, order=order)
                return dispatch.decide_command(context, with_shards(state, workspace.shards, now), command, now)

            recorded = await self._decide_and_store(conversations, before, command.conversation_id, command.id, decide)
        await self._effects.carry_out(recorded, command.workspace, command.conversation_id, customer_id)
        await self._publish(recorded, command.correlation_id)

    async def _order(self, command: ConversationCommand) -> Order | None:
        if not isinstance(command, OrderChanged):
            return None
        return await Orders(self._mongo, command.workspace).get(command.number)

    async def _decide_and_store(
        self,
        conversations: Conversations,
        before: Conversation | None,
        conversation_id: str,
        cause: str,
        decide: Decide,
    ) -> RecordedDecision:
        for _ in range(_TRIES):
            decision = await decide(before)
            recorded = _recorded(cause, decision, self._clock.now())
            try:
                await conversations.save(decision.conversation, before.version if before else 0, recorded)
            except Conflict:
                before, already = await conversations.load(conversation_id, cause)
                if already is not None:
                    return already
            else:
                log.info("Decided", decision=decision.kind, note=decision.note, turn=decision.conversation.turn)
                return recorded
        raise DependencyAway("mongodb", "a conversation is being changed too often")

    async def _publish(self, recorded: RecordedDecision, correlation_id: str) -> None:
        headers = tracing.headers_for(correlation_id)
        await self._producer.send(
            [NewRecord(output.topic, output.key, output.value, headers) for output in recorded.outputs]
        )

    async def _workspace(self, name: str) -> Workspace:
        workspace = await self._workspaces.get(name)
        if workspace is None:
            raise UnknownWorkspace(name)
        return workspace


def _opened(command: ConversationCommand) -> Conversation:
    """The conversation that a provider's report opens. Raises UnknownConversation for all other commands."""
    if not isinstance(command, ProviderReport):
        raise UnknownConversation(command.conversation_id)
    return opened_conversation(command, command.customer_id or ids.customer_id(command.workspace, command.identity))


def _stay(before: Conversation | None) -> None:
    """Raises ConversationMoved when nothing is decided in this conversation any more."""
    if before is not None and before.moved_to is not None:
        raise ConversationMoved(before.moved_to)


def _may_be_known(before: Conversation | None) -> bool:
    """Whether a message may have been decided on though its decision is not in this conversation."""
    return before is None or bool(before.joined) or before.version >= KEPT


def _redelivered() -> None:
    metrics.REDELIVERED.labels("router").inc()
    tracing.current().mark_redelivered()


def _left_out() -> None:
    """It is of a person who has been erased since; nothing may bring the data back."""
    metrics.ERASED.labels("router").inc()
    log.info("Left out", reason="erased")


def _old() -> None:
    """It came later than any provider delivers what is new: most likely somebody posts a captured webhook again."""
    metrics.DECISIONS.labels(DecisionKind.OLD).inc()
    log.warning("Old: not acted on", older_than="7 days")


def _recorded(cause: str, decision: Decision, now: datetime) -> RecordedDecision:
    conversation = decision.conversation
    return RecordedDecision(
        cause=cause,
        turn=conversation.turn,
        decision=f"{decision.kind}: {decision.note}" if decision.note else decision.kind.value,
        outputs=tuple(
            RecordedOutput(
                topic.name, key_for(conversation.workspace, conversation.id, conversation.shards), encode(message)
            )
            for topic, message in decision.outputs
        ),
        effects=decision.effects,
        at=now,
    )
