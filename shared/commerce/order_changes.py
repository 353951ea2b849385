"""Decides on changes of an order's state, and what the customer is told. Pure."""

from dataclasses import dataclass

from shared.commerce.texts import notification
from shared.domain.orders import Order, OrderState, TransitionNotAllowed, check_transition
from shared.messages.command_outcome import Refusal
from shared.messages.commands import OrderChanged


@dataclass(frozen=True, slots=True)
class OrderChangeDecision:
    """The decision on a change of an order's state. state: the new one; None: unchanged, for the reason `why`, in short
    `refusal`. text: for the customer.
    """

    state: OrderState | None
    text: str = ""
    why: str = ""
    refusal: Refusal | None = None


def decide_order_change(order: Order | None, command: OrderChanged, language: str = "en") -> OrderChangeDecision:
    """Return the decision. order: as stored, None if there is none of that number. language: of the built-in text, used
    when the command has none.
    """
    try:
        wanted = OrderState(command.state)
    except ValueError:
        return OrderChangeDecision(
            None, why=f"{command.state[:40]!r} is not a state of an order", refusal=Refusal.INVALID
        )
    if order is None or order.conversation_id != command.conversation_id:
        why = f"there is no order {command.number} in this conversation"
        return OrderChangeDecision(None, why=why, refusal=Refusal.UNKNOWN_ORDER)
    try:
        check_transition(order.number, order.state, wanted)
    except TransitionNotAllowed as error:
        return OrderChangeDecision(None, why=str(error), refusal=Refusal.ORDER_STATE)
    return OrderChangeDecision(wanted, command.text.strip() or notification(order, wanted, language))
