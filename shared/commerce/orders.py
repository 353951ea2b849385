"""An order out of a cart, at the catalogue's prices of this moment."""

from collections.abc import Sequence

from shared.commerce.cart import PricedLine, price_lines, total_of
from shared.commerce.catalog import currency_of
from shared.domain import ids, money
from shared.domain.conversation import CartLine, OrderPlaced
from shared.domain.orders import MAX_NOTE, order_number
from shared.flows.engine.actions import ConversationFacts


class NotPlaceable(Exception):
    """The cart is empty, holds what is not in the catalogue any more, or holds more than one currency."""


def build_order(facts: ConversationFacts, cart: Sequence[CartLine], note: str = "") -> OrderPlaced:
    """The order. The same cause makes the same id and number, however often it comes. Raises NotPlaceable.

    note: what the customer wrote with it.
    """
    lines, gone = price_lines(facts.workspace, cart)
    currency = currency_of(facts.workspace, cart)
    if not lines or gone or any(line.product.currency != currency for line in lines):
        raise NotPlaceable
    order_id = ids.derived_id("order", facts.cause)
    return OrderPlaced(
        id=order_id,
        number=order_number(order_id),
        lines=tuple(_line(line, currency) for line in lines),
        total=format(total_of(lines, currency), "f"),
        currency=currency,
        note=tidy_note(note),
    )


def tidy_note(text: str | None) -> str:
    """A note as it is stored."""
    return (text or "").replace("\x00", "").strip()[:MAX_NOTE]


def _line(line: PricedLine, currency: str) -> dict[str, object]:
    return {
        "sku": line.product.sku,
        "name": line.product.name,
        "quantity": line.quantity,
        "price": format(money.rounded(line.product.price, currency), "f"),
        "total": format(line.total, "f"),
    }
