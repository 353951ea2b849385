"""Carries out what a decision leads to besides records. Each effect once for each cause, however often it comes."""

from datetime import datetime

from shared.domain.conversation import (
    CustomerChange,
    CustomerRegistered,
    Effect,
    MessageEdited,
    OrderAdvanced,
    OrderPlaced,
    RecordedDecision,
    UnansweredQuestion,
)
from shared.domain.orders import OrderState, TransitionNotAllowed, UnknownOrder
from shared.errors import Conflict, RetryLater
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.orders import Orders
from shared.repositories.unanswered import UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.telemetry import logging

log = logging.get(__name__)


class EffectExecutor:
    """Of one router process."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def carry_out(
        self, recorded: RecordedDecision, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        """All effects of a decision, one after another. Raises DependencyAway: then the record comes again."""
        if recorded.at is None:
            return
        for effect in recorded.effects:
            await self._one(effect, recorded.cause, recorded.at, workspace, conversation_id, customer_id)

    async def _one(
        self, effect: Effect, cause: str, at: datetime, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        match effect:
            case CustomerChange():
                await Customers(self._mongo, workspace).apply(customer_id, effect, cause, effect.said_at or at)
            case CustomerRegistered(identity=identity, phone=phone):
                await Customers(self._mongo, workspace).met(customer_id, identity, phone, conversation_id, at)
            case OrderPlaced():
                await self._place(effect, cause, at, workspace, conversation_id, customer_id)
            case OrderAdvanced():
                await self._advance(effect, at, workspace, customer_id)
            case UnansweredQuestion():
                await UnansweredQuestions(self._mongo, workspace).add(cause, conversation_id, effect, at)
            case MessageEdited(provider_message_id=earlier, body=body):
                await InboundMessages(self._mongo, workspace).edited(conversation_id, earlier, body, at)

    async def _place(
        self, order: OrderPlaced, cause: str, at: datetime, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        await Orders(self._mongo, workspace).place(order, customer_id, conversation_id, at)
        counted = {
            "number": order.number,
            "state": OrderState.PLACED.value,
            "total": order.total,
            "currency": order.currency,
            "placed_at": at,
            "note": order.note,
        }
        await Customers(self._mongo, workspace).ordered(customer_id, counted, cause, at)

    async def _advance(self, change: OrderAdvanced, at: datetime, workspace: str, customer_id: str) -> None:
        try:
            order = await Orders(self._mongo, workspace).advance(change.number, OrderState(change.state), at, change.by)
        except (
            TransitionNotAllowed,
            UnknownOrder,
        ) as error:  # another command was carried out since this one was decided on
            log.warning("An order was not changed", order=change.number, state=change.state, reason=str(error))
            return
        except Conflict as error:
            raise RetryLater(0.1) from error
        await Customers(self._mongo, workspace).order_changed(customer_id, order.number, order.state.value)
