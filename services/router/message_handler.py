"""Handles one customer message: loads the conversation, decides, stores the decision, publishes its outputs.

`ROUND_TRIPS` lists what a message of a known customer costs whose conversation this process has
(`conversation_states`); `tests/services/test_router_round_trips.py` counts. Everything else costs more: a press of a
flow's option, for instance, reads the message that was pressed.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from services.router import skipped
from services.router.contacts import ContactUpdates
from services.router.conversation_states import ConversationStates, LoadedState, OwnState
from services.router.customer_resolver import CustomerResolver
from services.router.decision_store import DecisionStore
from services.router.effects import EffectExecutor
from services.router.message_decisions import MessageDecisions
from services.router.moved_conversation import ConversationMoved, handle_where_it_is, require_not_moved
from services.router.unread_customer import UNREAD
from shared.clock import Clock
from shared.decisions import pipeline
from shared.decisions.ai_requests import with_question
from shared.decisions.decision import Decision, DecisionKind
from shared.domain.conversation import Conversation, RecordedDecision
from shared.domain.record_age import is_too_old
from shared.errors import Conflict
from shared.messages.content import Contacts, System
from shared.messages.inbound import InboundMessage
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.inbound import InboundMessages
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.telemetry import metrics
from shared.workspace.config import Workspace

ROUND_TRIPS = (
    ("mongodb", "decision_store: the conversation's new state and the decision, if nobody else has changed it"),
    ("mongodb", "message_handler: insert the message"),
    ("kafka", "decision_store: all outputs in one request, beside the message"),
)
ROUND_TRIPS_BEHIND = (
    ("mongodb", "contacts: all customers who wrote, once a second"),
    ("mongodb", "usage_meter: all counts of a workspace, once a second"),
)


class MessageHandler:
    """One per router process. Raises DependencyAway and RetryLater."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        *,
        store: DecisionStore,
        states: ConversationStates,
        decisions: MessageDecisions,
        resolver: CustomerResolver,
        erasures: ErasureGuard,
        contacts: ContactUpdates,
        meter: UsageMeter,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._store = store
        self._states = states
        self._decisions = decisions
        self._resolver = resolver
        self._erasures = erasures
        self._contacts = contacts
        self._meter = meter
        self._effects = EffectExecutor(mongo)

    async def handle(self, workspace: Workspace, message: InboundMessage) -> None:
        """Handle a message; follow its conversation when that is merged into another one meanwhile."""
        if await self._erasures.forbid_message(message):
            await self._resolver.discard(message)
            skipped.erased()
            return
        merges = bool(message.joins)
        message = await self._resolver.resolve(message)
        own = await self._states.take(message.workspace, message.conversation_id)
        if own is not None and not merges and _is_new_and_ordinary(message, own):
            recorded = await self._decide_on_own(workspace, message, own)
            if recorded is not None:
                await self._finish_own(workspace, message, recorded, own)
                return
        await handle_where_it_is(message, partial(self._handle, workspace), self._resolver.follow_merge)

    async def _decide_on_own(
        self, workspace: Workspace, message: InboundMessage, own: OwnState
    ) -> tuple[RecordedDecision, Conversation] | None:
        """Decide on the state that this process stored last; return None if it is outdated."""
        exceeded = await self._meter.exceeded(workspace, self._clock.now(), new_customer=False)

        async def read_customer() -> Mapping[str, Any]:
            found = await Customers(self._mongo, message.workspace).get(own.conversation.customer_id)
            if found is None:
                raise Conflict(own.conversation.id)
            return found

        try:
            decision = await self._decisions.decide(
                workspace, own.conversation, message, UNREAD, read_customer, exceeded
            )
            recorded = await self._store.store(own.conversation, message.id, decision)
        except Conflict:
            return None
        _count(recorded)
        return recorded, decision.conversation

    async def _finish_own(
        self,
        workspace: Workspace,
        message: InboundMessage,
        decided: tuple[RecordedDecision, Conversation],
        own: OwnState,
    ) -> None:
        """Store the message, carry out and publish what was decided; update the customer later."""
        recorded, after = decided
        self._contacts.add(after.customer_id, message)
        adding = self._add_and_count(workspace, message, recorded)
        if recorded.effects or recorded.changes:
            await adding  # effects may change the stored message
            await self._carry_out(recorded, message, after.customer_id)
        else:
            published = with_question(recorded, message)  # the AI service may read its request first
            await asyncio.gather(adding, self._store.publish(published, message.correlation_id))
        self._states.keep(own.after(after, recorded))

    async def _handle(self, workspace: Workspace, message: InboundMessage) -> None:
        """Load all and handle a message. Raises ConversationMoved when the conversation was merged into another one."""
        customer_id = pipeline.new_conversation(message).customer_id
        loaded, customer = await asyncio.gather(
            self._states.load(message.workspace, message.conversation_id, message.id),
            Customers(self._mongo, message.workspace).get(customer_id),
        )
        if loaded.recorded is None:
            require_not_moved(loaded.conversation)
            if customer is None and (merged := await self._resolver.merged_into(message)):
                raise ConversationMoved(merged)
            if await self._is_processed(loaded, message):
                # The decision is no longer kept here, or was made in a conversation that was merged into this one,
                # unless another replica has stored it since `loaded`.
                loaded = await self._states.load(message.workspace, message.conversation_id, message.id)
                if loaded.recorded is None:
                    skipped.redelivered()  # the offset had moved past it, so its outputs were published
                    return
        if loaded.recorded is not None:
            skipped.redelivered()
            recorded, after = loaded.recorded, loaded.conversation
        elif is_too_old(message):
            await self._keep_old(message, known=customer is not None)
            return
        else:
            recorded, after = await self._decide(workspace, message, loaded.conversation, customer)
        await self._finish(workspace, message, recorded, customer_id)
        if after is not None and after.customer_id == customer_id and not isinstance(message.content, System):
            self._states.keep(loaded.after(after, recorded, customer_known=True))

    async def _is_processed(self, loaded: LoadedState, message: InboundMessage) -> bool:
        """Return whether the message is stored. Asks MongoDB only where its decision may have been dropped."""
        before = loaded.conversation
        dropped = before is None or bool(before.joined) or loaded.decided.may_have_dropped(message)
        return dropped and await InboundMessages(self._mongo, message.workspace).is_stored(message.id)

    async def _decide(
        self,
        workspace: Workspace,
        message: InboundMessage,
        before: Conversation | None,
        customer: dict[str, object] | None,
    ) -> tuple[RecordedDecision, Conversation | None]:
        """Return the stored decision and the state after it; None: the state is not known."""
        exceeded = await self._meter.exceeded(workspace, self._clock.now(), new_customer=customer is None)

        async def decide(state: Conversation | None) -> Decision:
            require_not_moved(state)
            return await self._decisions.decide(workspace, state, message, customer, _never_unread, exceeded)

        recorded, after = await self._store.decide_and_store(
            message.workspace, before, message.conversation_id, message.id, decide
        )
        _count(recorded)
        return recorded, after

    async def _finish(
        self, workspace: Workspace, message: InboundMessage, recorded: RecordedDecision, customer_id: str
    ) -> None:
        """Store the message and the customer, then carry out and publish what was decided."""
        stored, is_new = await asyncio.gather(
            self._add(message, recorded),
            Customers(self._mongo, message.workspace).record_contact(customer_id, message, message.created_at),
        )
        if stored:
            await self._meter.count_message(workspace, message.created_at, new_customer=is_new)
        await self._carry_out(recorded, message, customer_id)
        if is_new:
            await self._resolver.finish_merge(message.workspace, message.conversation_id)

    async def _add_and_count(self, workspace: Workspace, message: InboundMessage, recorded: RecordedDecision) -> None:
        if await self._add(message, recorded):
            await self._meter.count_message(workspace, message.created_at)

    async def _add(self, message: InboundMessage, recorded: RecordedDecision) -> bool:
        """Store the message; return False if it is stored already."""
        messages = InboundMessages(self._mongo, message.workspace)
        return await messages.add(message, turn=recorded.turn, decision=recorded.decision, routed_at=self._clock.now())

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


def _is_new_and_ordinary(message: InboundMessage, own: OwnState) -> bool:
    """Return whether the message has surely not been decided on, and changes nothing of the customer but the time of
    the last contact. Anything else is loaded.
    """
    if not own.customer_known or own.decided.may_include(message.id) or own.decided.may_have_dropped(message):
        return False
    special = isinstance(message.content, System | Contacts) or message.context.referral is not None
    own_customer = own.conversation.customer_id == pipeline.new_conversation(message).customer_id
    return own_customer and not special and not own.conversation.joined and not is_too_old(message)


async def _never_unread() -> Mapping[str, Any]:
    raise AssertionError("the customer was read")


def _count(recorded: RecordedDecision) -> None:
    metrics.DECISIONS.labels(recorded.decision.partition(":")[0]).inc()
