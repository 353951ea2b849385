"""Prices of a cart's lines. Pure; `shared.domain.cart` changes carts."""

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
    """A line at the present price. total: of the line."""

    product: Product
    quantity: int
    total: Decimal


def price_lines(workspace: Workspace, cart: Sequence[CartLine]) -> tuple[tuple[PricedLine, ...], tuple[CartLine, ...]]:
    """Return the priced lines, and those whose product is no longer in the catalogue."""
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
    """Return the total of the lines."""
    return money.total([line.total for line in lines], currency)
