"""Handles one customer message: loads the conversation, decides, stores the decision, publishes its outputs."""

import asyncio
from functools import partial

from services.router import pipeline, skipped
from services.router.context_loader import ContextLoader
from services.router.customer_resolver import CustomerResolver
from services.router.decision import Decision, DecisionKind
from services.router.decision_store import DecisionStore
from services.router.effects import EffectExecutor
from services.router.moved_conversation import ConversationMoved, handle_where_it_is, require_not_moved
from shared.clock import Clock
from shared.domain.conversation import Conversation, RecordedDecision
from shared.domain.record_age import is_too_old
from shared.messages.content import System
from shared.messages.inbound import InboundMessage
from shared.repositories.conversations import KEPT, Conversations
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.telemetry import metrics
from shared.workspace.config import Workspace


class MessageHandler:
    """One per router process. Raises DependencyAway."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        *,
        store: DecisionStore,
        contexts: ContextLoader,
        resolver: CustomerResolver,
        erasures: ErasureGuard,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._store = store
        self._contexts = contexts
        self._resolver = resolver
        self._erasures = erasures
        self._effects = EffectExecutor(mongo)
        self._meter = UsageMeter(mongo, clock)

    async def handle(self, workspace: Workspace, message: InboundMessage) -> None:
        """Handle a message; follow its conversation when that is merged into another one meanwhile."""
        if await self._erasures.forbid_message(message):
            await self._resolver.discard(message)
            skipped.erased()
            return
        message = await self._resolver.resolve(message)
        await handle_where_it_is(message, partial(self._handle, workspace), self._resolver.follow_merge)

    async def _handle(self, workspace: Workspace, message: InboundMessage) -> None:
        """Raises ConversationMoved when the conversation was merged into another one."""
        customer_id = pipeline.new_conversation(message).customer_id
        (before, recorded), customer = await asyncio.gather(
            Conversations(self._mongo, message.workspace).load(message.conversation_id, message.id),
            Customers(self._mongo, message.workspace).get(customer_id),
        )
        if recorded is None:
            require_not_moved(before)
            if customer is None and (merged := await self._resolver.merged_into(message)):
                raise ConversationMoved(merged)
            if await self._is_processed(before, message):
                # The decision is no longer kept here, or was made in a conversation that was merged into this one,
                # unless another replica has stored it since `before` was loaded.
                before, recorded = await Conversations(self._mongo, message.workspace).load(
                    message.conversation_id, message.id
                )
                if recorded is None:
                    skipped.redelivered()  # the offset had moved past it, so its outputs were published
                    return
        if recorded is not None:
            skipped.redelivered()
        elif is_too_old(message):
            await self._keep_old(message, known=customer is not None)
            return
        else:
            recorded = await self._decide(workspace, message, before, customer)
        await self._finish(workspace, message, recorded, customer_id)

    async def _is_processed(self, before: Conversation | None, message: InboundMessage) -> bool:
        """Return whether the message is stored. Asks MongoDB only where its decision may have been dropped."""
        dropped = before is None or bool(before.joined) or before.version >= KEPT
        return dropped and await InboundMessages(self._mongo, message.workspace).is_stored(message.id)

    async def _decide(
        self,
        workspace: Workspace,
        message: InboundMessage,
        before: Conversation | None,
        customer: dict[str, object] | None,
    ) -> RecordedDecision:
        now = self._clock.now()
        exceeded = await self._meter.exceeded(workspace, now, new_customer=customer is None)

        async def decide(state: Conversation | None) -> Decision:
            require_not_moved(state)
            context = await self._contexts.load(workspace, customer, state, exceeded=exceeded)
            return pipeline.decide_message(context, state, message, now)

        before = await self._clear_delivered_ai_turn(before)
        recorded = await self._store.decide_and_store(
            message.workspace, before, message.conversation_id, message.id, decide
        )
        metrics.DECISIONS.labels(recorded.decision.partition(":")[0]).inc()
        return recorded

    async def _clear_delivered_ai_turn(self, before: Conversation | None) -> Conversation | None:
        """Return the state without its pending AI turn if delivery has that turn's answer.

        Elapsed time cannot tell: while Kafka or MongoDB is away, an answer takes as long as they do.
        """
        if before is None or not pipeline.ai_answer_may_be_delivered(before, self._clock.now()):
            return before
        outbound = OutboundHistory(self._mongo, before.workspace)
        delivered = await outbound.has_answer_of_turn(before.id, before.through_ai)
        return pipeline.without_pending_ai_answer(before) if delivered else before

    async def _finish(
        self, workspace: Workspace, message: InboundMessage, recorded: RecordedDecision, customer_id: str
    ) -> None:
        """Store the message and the customer, then carry out and publish what was decided."""
        stored, is_new = await asyncio.gather(
            InboundMessages(self._mongo, message.workspace).add(
                message, turn=recorded.turn, decision=recorded.decision, routed_at=self._clock.now()
            ),
            Customers(self._mongo, message.workspace).record_contact(customer_id, message, message.created_at),
        )
        work = [self._carry_out(recorded, message, customer_id)]
        if stored:
            work.append(self._meter.count_message(workspace, message.created_at, new_customer=is_new))
        await asyncio.gather(*work)
        if is_new:
            await self._resolver.finish_merge(message.workspace, message.conversation_id)

    async def _carry_out(self, recorded: RecordedDecision, message: InboundMessage, customer_id: str) -> None:
        await self._effects.carry_out(recorded, message.workspace, message.conversation_id, customer_id)
        if isinstance(message.content, System):
            await self._resolver.change_address(message, message.content)
        await self._store.publish(recorded, message.correlation_id)

    async def _keep_old(self, message: InboundMessage, *, known: bool) -> None:
        """Store an old message of a known customer in the history; answer and change nothing."""
        skipped.too_old()
        if known:
            messages = InboundMessages(self._mongo, message.workspace)
            await messages.add(message, turn=0, decision=DecisionKind.OLD.value, routed_at=self._clock.now())
        else:
            await self._resolver.discard(message)
