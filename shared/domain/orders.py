"""Orders: their data, states and numbers."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

MAX_NOTE = 1000  # characters of a customer's note with an order


class OrderState(StrEnum):
    PLACED = "placed"  # by the customer
    CONFIRMED = "confirmed"  # by the business
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


_S = OrderState
ALLOWED_TRANSITIONS: dict[OrderState, tuple[OrderState, ...]] = {
    _S.PLACED: (_S.CONFIRMED, _S.PAID, _S.CANCELLED),  # payment may precede confirmation
    _S.CONFIRMED: (_S.PAID, _S.SHIPPED, _S.CANCELLED),  # cash on delivery is shipped unpaid
    _S.PAID: (_S.SHIPPED, _S.CANCELLED),
    _S.SHIPPED: (_S.DELIVERED,),
    _S.DELIVERED: (),
    _S.CANCELLED: (),
}
"""Allowed next states. There is no way back, so an order has each state at most once."""


class TransitionNotAllowed(Exception):
    """Raised when an order cannot change to a state; the text names the states that it can change to."""


class UnknownOrder(Exception):
    """Raised when no order has the number."""


def previous_states(state: OrderState) -> tuple[OrderState, ...]:
    """Return the states that may change to this one."""
    return tuple(one for one, following in ALLOWED_TRANSITIONS.items() if state in following)


def check_transition(number: str, now: OrderState, wanted: OrderState) -> None:
    """Raise TransitionNotAllowed unless an order may go from one state to the other."""
    if wanted not in ALLOWED_TRANSITIONS[now]:
        following = ", ".join(ALLOWED_TRANSITIONS[now]) or "nothing else"
        raise TransitionNotAllowed(f"order {number} is {now} and cannot become {wanted}; it can become: {following}")


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. price, total: decimals as text, in the order's currency."""

    sku: str
    name: str
    quantity: int
    price: str
    total: str


class OrderStateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an order's state. by: who made it."""

    state: OrderState
    at: datetime
    by: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as stored. total: a decimal as text, in `currency`. states: oldest first, from `placed` on. note: the
    customer's.
    """

    id: str
    number: str
    state: OrderState
    lines: tuple[OrderLine, ...]
    total: str
    currency: str
    placed_at: datetime
    updated_at: datetime
    states: tuple[OrderStateChange, ...] = ()
    customer_id: str = ""
    conversation_id: str = ""
    note: str = ""

    def brief(self) -> dict[str, Any]:
        """Return the summary that is kept with the customer."""
        known = {"number": self.number, "state": self.state.value, "total": self.total}
        noted = {"note": self.note} if self.note else {}
        return {**known, "currency": self.currency, "placed_at": self.placed_at, **noted}


# No two look or sound alike, handwritten or read aloud; without vowels, so that no words result.
_ALPHABET = "23456789CDFHJKMNPQRTVWXY"
_LENGTH = 8  # 110 thousand million numbers: among 100,000 orders of a workspace, two share one with a chance of 4 %
_LOOKALIKES = str.maketrans("ZSBGIL", "258611")


def order_number(order_id: str) -> str:
    """Return the number of an order, such as `K7M4-Q2XC`, derived from its id."""
    rest, digits = UUID(order_id).int, ""
    for _ in range(_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return f"{digits[:4]}-{digits[4:]}"


def parse_order_number(written: str) -> str:
    """Return the stored form of a number that a person typed: small letters, without the hyphen, S for 5."""
    plain = _plain(written)
    return f"{plain[:4]}-{plain[4:]}"


def order_number_prefix(written: str) -> str:
    """Return the stored form of the beginning of a number; empty if the text has other characters or is too long."""
    plain = _plain(written)
    if len(plain) != len(written.replace("-", "").replace(" ", "")) or len(plain) > _LENGTH:
        return ""
    return plain if len(plain) <= 4 else f"{plain[:4]}-{plain[4:]}"


def _plain(written: str) -> str:
    return "".join(filter(str.isalnum, written.upper())).translate(_LOOKALIKES)
