"""A cart: lines of an SKU and a quantity, changed by making another one. A quantity is from 1 to 9,999. Pure.

The router changes carts; the AI service computes what a change that it proposes would come to.
"""

from collections.abc import Sequence

from shared.domain.conversation import CartLine
from shared.messages.cart import CartAction, CartChange

MOST_OF_A_LINE = 9_999
MOST_LINES = 50
Cart = tuple[CartLine, ...]


class CartFull(Exception):
    """There is no room; the text tells the customer why."""


def add_to_cart(cart: Cart, sku: str, quantity: int) -> Cart:
    """So many more of a product. Raises CartFull, and ValueError when the quantity is not positive."""
    if quantity < 1:
        raise ValueError("a quantity is positive")
    now = quantity_of(cart, sku) + quantity
    if now > MOST_OF_A_LINE:
        raise CartFull(f"at most {MOST_OF_A_LINE:,} of one product fit into an order")
    if now == quantity and len(cart) >= MOST_LINES:
        raise CartFull(f"at most {MOST_LINES} different products fit into an order")
    return with_quantity(cart, sku, now)


def remove_from_cart(cart: Cart, sku: str, quantity: int | None = None) -> Cart:
    """So many less of a product, or none; a cart without it stays as it is."""
    now = 0 if quantity is None else max(0, quantity_of(cart, sku) - quantity)
    return with_quantity(cart, sku, now) if quantity_of(cart, sku) else cart


def with_quantity(cart: Cart, sku: str, quantity: int) -> Cart:
    """So many of a product, in the place where it stands; 0 takes it out."""
    line = CartLine(sku=sku, quantity=quantity)
    if quantity < 1:
        return tuple(one for one in cart if one.sku != sku)
    if not quantity_of(cart, sku):
        return (*cart, line)
    return tuple(line if one.sku == sku else one for one in cart)


def apply_change(cart: Cart, change: CartChange) -> Cart:
    """The cart after a change. Raises CartFull, and ValueError for a quantity that cannot be."""
    if not 0 <= change.quantity <= MOST_OF_A_LINE:
        raise ValueError(f"a quantity is from 1 to {MOST_OF_A_LINE:,}")
    if change.action is CartAction.REMOVE:
        return remove_from_cart(cart, change.sku, change.quantity)
    if change.action is CartAction.ADD:
        return add_to_cart(cart, change.sku, change.quantity)
    if change.quantity and not quantity_of(cart, change.sku):
        return add_to_cart(cart, change.sku, change.quantity)
    return with_quantity(cart, change.sku, change.quantity)


def quantity_of(cart: Sequence[CartLine], sku: str) -> int:
    """0 when it is not in the cart."""
    return next((line.quantity for line in cart if line.sku == sku), 0)
