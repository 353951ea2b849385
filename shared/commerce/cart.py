"""What the lines of a cart cost at today's prices. Pure; how carts are changed is in `shared.domain.cart`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.domain import money
from shared.domain.cart import MAX_LINES as MAX_LINES
from shared.domain.cart import Cart as Cart
from shared.domain.cart import CartFull as CartFull
from shared.domain.cart import add_to_cart as add_to_cart
from shared.domain.cart import quantity_of as quantity_of
from shared.domain.cart import remove_from_cart as remove_from_cart
from shared.domain.cart import with_quantity as with_quantity
from shared.domain.conversation import CartLine
from shared.workspace.catalog import by_sku
from shared.workspace.config import Product, Workspace


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line at today's price. total: of the line."""

    product: Product
    quantity: int
    total: Decimal


def price_lines(workspace: Workspace, cart: Sequence[CartLine]) -> tuple[tuple[PricedLine, ...], tuple[CartLine, ...]]:
    """The lines with what they cost now, and those whose product is not in the catalogue any more."""
    known, gone = [], []
    for line in cart:
        product = by_sku(workspace, line.sku)
        if product is None or not money.is_price(product.price):
            gone.append(line)
        else:
            cost = money.times(product.price, line.quantity, product.currency)
            known.append(PricedLine(product, line.quantity, cost))
    return tuple(known), tuple(gone)


def total_of(lines: Sequence[PricedLine], currency: str) -> Decimal:
    """What the lines cost together."""
    return money.total([line.total for line in lines], currency)
