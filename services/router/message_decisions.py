"""Decides on a customer's message, and reads for it only what the decision depends on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.router.unread_customer import CustomerUnread
from shared.clock import Clock
from shared.decisions import pipeline
from shared.decisions.context import DecisionContext, PressedMessage
from shared.decisions.context_loader import ContextLoader
from shared.decisions.decision import Decision
from shared.decisions.stages.flows import depends_on_pressed_message
from shared.domain.conversation import Conversation
from shared.messages.ai import AiRequest
from shared.messages.inbound import InboundMessage
from shared.repositories.outbound_history import OutboundHistory
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

ReadCustomer = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDecisions:
    """One per router process."""

    mongo: Mongo
    clock: Clock
    contexts: ContextLoader

    async def decide(
        self,
        workspace: Workspace,
        state: Conversation | None,
        message: InboundMessage,
        customer: Mapping[str, Any] | None,
        read_customer: ReadCustomer,
        exceeded: str,
    ) -> Decision:
        """Return the decision. customer: None for a new one; `unread_customer.UNREAD`: `read_customer` is called if the
        decision depends on it. exceeded: see `DecisionContext`. Raises DependencyAway, and as `read_customer` does.
        """
        now = self.clock.now()
        context = await self.contexts.load(workspace, customer, state, exceeded=exceeded)
        context = replace(context, pressed=await self._pressed_message(state, message))
        try:
            return await self._decide(context, state, message, now)
        except CustomerUnread:
            context = replace(context, customer=await read_customer())
            return await self._decide(context, state, message, now)

    async def _decide(
        self, context: DecisionContext, state: Conversation | None, message: InboundMessage, now: datetime
    ) -> Decision:
        decision = pipeline.decide_message(context, state, message, now)
        if state is None or not _depends_on_pending_answer(decision, state, context.workspace):
            return decision
        if not pipeline.ai_answer_may_be_delivered(state, now) or not await self._has_answer(state):
            return decision
        return pipeline.decide_message(context, pipeline.without_pending_ai_answer(state), message, now)

    async def _pressed_message(self, state: Conversation | None, message: InboundMessage) -> PressedMessage | None:
        """Return the message of ours whose button was pressed, if the decision depends on it."""
        reply_to = message.context.reply_to
        if state is None or not reply_to or not depends_on_pressed_message(state.flow, message):
            return None
        found = await OutboundHistory(self.mongo, state.workspace).cause_and_author(state.id, reply_to)
        return PressedMessage(*found) if found is not None else None

    async def _has_answer(self, state: Conversation) -> bool:
        """Return whether delivery has the answer of the pending AI turn.

        Elapsed time cannot tell: while Kafka or MongoDB is away, an answer takes as long as they do.
        """
        return await OutboundHistory(self.mongo, state.workspace).has_answer_of_turn(state.id, state.through_ai)


def _depends_on_pending_answer(decision: Decision, state: Conversation, workspace: Workspace) -> bool:
    """Return whether the decision would differ if the AI answer to an earlier message were sent: its messages wait for
    that answer, or the conversation keeps its former shards because of it.
    """
    waits = any(isinstance(message, AiRequest) and message.ready for _, message in decision.outputs)
    return waits or state.shards != workspace.shards
