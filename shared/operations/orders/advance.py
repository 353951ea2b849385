"""Gives an order its next state: asks the router, which informs the customer, and waits until it is done."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.clock import Clock
from shared.domain import ids
from shared.domain.orders import Order, OrderState, TransitionNotAllowed, check_transition, parse_order_number
from shared.kafka.codec import to_record
from shared.kafka.ports import Producer
from shared.messages.commands import OrderChanged
from shared.operations.conversations.commands import CommandSender
from shared.operations.errors import NotFound, OperationRefused
from shared.repositories.conversations import Conversations
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_COMMANDS

_TIMEOUT = 10.0  # seconds until the router has done it
_POLL_INTERVAL = 0.2


class OrderNotFound(NotFound):
    """Raised when the workspace has no order of that number."""


@dataclass(frozen=True, slots=True)
class AdvancedOrder:
    """An order after a change of its state. not_told: why the customer is not informed; empty: the customer is."""

    order: Order
    not_told: str


def order_state(text: str) -> OrderState:
    """Return the state of that name, in any capitals. Raises OperationRefused."""
    try:
        return OrderState(text.lower())
    except ValueError:
        raise OperationRefused(f"{text!r} is not a state of an order: {', '.join(OrderState)}") from None


async def find_order(mongo: Mongo, workspace: str, number: str) -> Order:
    """Return the order of a number, however it is written. Raises OrderNotFound, DependencyAway."""
    order = await Orders(mongo, workspace).get(parse_order_number(number))
    if order is None:
        raise OrderNotFound(f"{workspace} has no order {number}")
    return order


def check_advance(order: Order, state: OrderState) -> None:
    """Raise OperationRefused for a state that may not follow the order's."""
    try:
        check_transition(order.number, order.state, state)
    except TransitionNotAllowed as error:
        raise OperationRefused(str(error)) from None


def order_changed(order: Order, state: OrderState, text: str, *, tell: bool, fields: Mapping[str, Any]) -> OrderChanged:
    """Return the command. text: for the customer; empty: the usual words. fields: those that all commands have."""
    about = {**fields, "conversation_id": order.conversation_id}
    return OrderChanged(**about, number=order.number, state=state.value, text=text, tell=tell)


@dataclass(frozen=True, slots=True)
class OrderAdvancer:
    """Changes the states of orders and tells their customers. by: who changes the state; it is stored with the
    order.
    """

    mongo: Mongo
    workspace: str
    producer: Producer
    clock: Clock
    by: str

    async def advance(self, order: Order, state: OrderState, text: str) -> AdvancedOrder:
        """Ask the router for another state and wait for it. text: for the customer, instead of the usual words.

        Raises OperationRefused when the state may not follow, nobody could be informed, or it is not done in time.
        """
        check_advance(order, state)
        conversations = Conversations(self.mongo, self.workspace)
        conversation = await conversations.get(order.conversation_id)
        if conversation is None:
            raise OperationRefused(f"{order.number} belongs to a customer who has been erased; nobody could be told")
        command = self._command(order, state, text)
        record = to_record(CONVERSATION_COMMANDS, command, lane=conversation.id, shards=conversation.shards)
        await self.producer.send([record], _TIMEOUT)
        advanced = await self._wait_for(order, state)
        _, recorded = await conversations.load(conversation.id, command.id)
        return AdvancedOrder(advanced, recorded.decision.partition("not told: ")[2] if recorded is not None else "")

    def _command(self, order: Order, state: OrderState, text: str) -> OrderChanged:
        """Return the command; the same change requested twice has the same id.

        The id contains the state before, because a command may be refused when it comes too early.
        """
        id_ = ids.derived_id("order-changed", order.id, order.state.value, state.value)
        sender = CommandSender(self.producer, self.clock, self.workspace)
        return order_changed(order, state, text, tell=True, fields=sender.fields(id_, self.by))

    async def _wait_for(self, order: Order, state: OrderState) -> Order:
        try:
            async with asyncio.timeout(_TIMEOUT):
                while True:
                    found = await find_order(self.mongo, self.workspace, order.number)
                    if any(change.state is state for change in found.states):
                        return found
                    await asyncio.sleep(_POLL_INTERVAL)
        except TimeoutError:
            raise OperationRefused(
                f"{order.number} is not {state} after {_TIMEOUT:.0f} s; it will be as soon as the router gets to it, "
                "if it runs"
            ) from None
