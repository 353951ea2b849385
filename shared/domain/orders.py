"""Orders: what one is, which states it goes through, and the number that people call it by."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

MOST_NOTE = 1000  # characters of what a customer writes with an order


class OrderState(StrEnum):
    PLACED = "placed"  # by the customer
    CONFIRMED = "confirmed"  # by the business
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


_S = OrderState
ALLOWED_TRANSITIONS: dict[OrderState, tuple[OrderState, ...]] = {
    _S.PLACED: (_S.CONFIRMED, _S.PAID, _S.CANCELLED),  # who pays at once need not be confirmed before
    _S.CONFIRMED: (_S.PAID, _S.SHIPPED, _S.CANCELLED),  # shipped without having been paid: cash on delivery
    _S.PAID: (_S.SHIPPED, _S.CANCELLED),
    _S.SHIPPED: (_S.DELIVERED,),
    _S.DELIVERED: (),
    _S.CANCELLED: (),
}
"""What each state may become. None leads back, so that an order has each state at most once."""


class TransitionNotAllowed(Exception):
    """An order cannot have that state after the one that it has; the text says which it can."""


class UnknownOrder(Exception):
    """There is no order of that number."""


def previous_states(state: OrderState) -> tuple[OrderState, ...]:
    """The states that may become this one."""
    return tuple(one for one, following in ALLOWED_TRANSITIONS.items() if state in following)


def check_transition(number: str, now: OrderState, wanted: OrderState) -> None:
    """Raises NotAllowed."""
    if wanted not in ALLOWED_TRANSITIONS[now]:
        following = ", ".join(ALLOWED_TRANSITIONS[now]) or "nothing else"
        raise TransitionNotAllowed(f"order {number} is {now} and cannot become {wanted}; it can become: {following}")


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """price, total: decimals as text, in the order's currency."""

    sku: str
    name: str
    quantity: int
    price: str
    total: str


class OrderStateChange(msgspec.Struct, frozen=True, kw_only=True):
    """When an order came into a state, and who saw to it."""

    state: OrderState
    at: datetime
    by: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is stored. total: a decimal as text, in `currency`. states: oldest first, from `placed` on.
    note: what the customer wrote with it.
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
        """What a decision about the customer needs of it."""
        known = {"number": self.number, "state": self.state.value, "total": self.total}
        noted = {"note": self.note} if self.note else {}
        return {**known, "currency": self.currency, "placed_at": self.placed_at, **noted}


# No two of them look or sound alike when they are read aloud or written by hand, and no vowels: no words come about.
_ALPHABET = "23456789CDFHJKMNPQRTVWXY"
_LENGTH = 8  # 110 thousand million numbers: among 100,000 orders of a workspace, two share one with a chance of 4 %
_MEANT = str.maketrans("ZSBGIL", "258611")


def order_number(order_id: str) -> str:
    """The number of an order, such as `K7M4-Q2XC`. Made from its id, so that the same order has the same number."""
    rest, digits = UUID(order_id).int, ""
    for _ in range(_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return f"{digits[:4]}-{digits[4:]}"


def parse_order_number(written: str) -> str:
    """A number as it is stored, of one that a person wrote: small letters, without the hyphen, S for 5."""
    plain = "".join(filter(str.isalnum, written.upper())).translate(_MEANT)
    return f"{plain[:4]}-{plain[4:]}"
