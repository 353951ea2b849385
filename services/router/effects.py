"""Carries out the effects of a decision. Each effect takes place once per cause, also when the record is
redelivered."""

from datetime import datetime

from shared.domain.conversation import (
    CustomerChange,
    CustomerRegistered,
    Effect,
    MessageEdited,
    NoteAdded,
    OrderAdvanced,
    OrderPlaced,
    RecordedDecision,
    UnansweredQuestion,
)
from shared.domain.orders import OrderState, TransitionNotAllowed, UnknownOrder
from shared.errors import Conflict, RetryLater
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.notes import Notes
from shared.repositories.orders import Orders
from shared.repositories.unanswered import UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.telemetry import logging

log = logging.get(__name__)


class EffectExecutor:
    """One per router process."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def carry_out(
        self, recorded: RecordedDecision, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        """Carry out all effects of a decision in order, and store its changes for the history. Raises DependencyAway
        and RetryLater; then the record is retried in its lane.
        """
        if recorded.at is None:
            return
        for effect in recorded.effects:
            await self._carry_out(effect, recorded.cause, recorded.at, workspace, conversation_id, customer_id)
        if recorded.changes:
            changes = ConversationChanges(self._mongo, workspace)
            await changes.add(recorded.cause, conversation_id, recorded.turn, recorded.changes, recorded.at)

    async def _carry_out(
        self, effect: Effect, cause: str, at: datetime, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        match effect:
            case CustomerChange():
                await Customers(self._mongo, workspace).apply(customer_id, effect, cause, effect.said_at or at)
            case CustomerRegistered():
                await Customers(self._mongo, workspace).register(customer_id, effect, conversation_id, at)
            case OrderPlaced():
                await self._place_order(effect, cause, at, workspace, conversation_id, customer_id)
            case OrderAdvanced():
                await self._change_order_state(effect, at, workspace, customer_id)
            case UnansweredQuestion():
                await UnansweredQuestions(self._mongo, workspace).add(cause, conversation_id, effect, at)
            case MessageEdited(provider_message_id=earlier, body=body):
                await InboundMessages(self._mongo, workspace).apply_edit(conversation_id, earlier, body, at)
            case NoteAdded():
                await Notes(self._mongo, workspace).add(cause, conversation_id, effect, at)

    async def _place_order(
        self, order: OrderPlaced, cause: str, at: datetime, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        await Orders(self._mongo, workspace).place(order, customer_id, conversation_id, at)
        summary = {
            "number": order.number,
            "state": OrderState.PLACED.value,
            "total": order.total,
            "currency": order.currency,
            "placed_at": at,
            "note": order.note,
        }
        await Customers(self._mongo, workspace).count_order(customer_id, summary, cause, at)

    async def _change_order_state(self, change: OrderAdvanced, at: datetime, workspace: str, customer_id: str) -> None:
        try:
            order = await Orders(self._mongo, workspace).advance(change.number, OrderState(change.state), at, change.by)
        except (
            TransitionNotAllowed,
            UnknownOrder,
        ) as error:  # another command changed it after this decision
            log.warning("Order state not changed", order=change.number, state=change.state, reason=str(error))
            return
        except Conflict as error:
            raise RetryLater(0.1) from error
        await Customers(self._mongo, workspace).update_order_state(customer_id, order.number, order.state.value)
