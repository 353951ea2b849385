"""Builds an order from a cart, at the catalogue's present prices."""

from collections.abc import Sequence

from shared.commerce.cart import PricedLine, price_lines, total_of
from shared.commerce.catalog import currency_of
from shared.domain import ids, money
from shared.domain.conversation import CartLine, OrderPlaced
from shared.domain.orders import MAX_NOTE, order_number
from shared.flows.engine.actions import ConversationFacts


class NotPlaceable(Exception):
    """Raised when the cart is empty, has products that left the catalogue, or has several currencies."""


def build_order(facts: ConversationFacts, cart: Sequence[CartLine], note: str = "") -> OrderPlaced:
    """Return the order; id and number are derived from the cause. Raises NotPlaceable. note: the customer's."""
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
    """Return a note as stored."""
    return (text or "").replace("\x00", "").strip()[:MAX_NOTE]


def _line(line: PricedLine, currency: str) -> dict[str, object]:
    return {
        "sku": line.product.sku,
        "name": line.product.name,
        "quantity": line.quantity,
        "price": format(money.exact(line.product.price, currency), "f"),
        "total": format(line.total, "f"),
    }
