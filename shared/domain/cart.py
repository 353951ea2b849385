"""Changes of a cart: each returns a new cart. A line has a quantity from 1 to 9,999. Pure.

The router changes carts; the AI service computes the result of a change that it proposes.
"""

from collections.abc import Sequence

from shared.domain.conversation import CartLine
from shared.messages.cart import CartAction, CartChange

MAX_QUANTITY = 9_999
MAX_LINES = 50
Cart = tuple[CartLine, ...]


class CartFull(Exception):
    """Raised when a line or the cart is full; the text says why, in English. of_products: there are too many different
    ones, not too many of one.
    """

    def __init__(self, text: str, *, of_products: bool = False) -> None:
        super().__init__(text)
        self.of_products = of_products


def add_to_cart(cart: Cart, sku: str, quantity: int) -> Cart:
    """Return the cart with more of a product. Raises CartFull, and ValueError if the quantity is not positive."""
    if quantity < 1:
        raise ValueError("a quantity is positive")
    now = quantity_of(cart, sku) + quantity
    if now > MAX_QUANTITY:
        raise CartFull(f"at most {MAX_QUANTITY:,} of one product fit into an order")
    if now == quantity and len(cart) >= MAX_LINES:
        raise CartFull(f"at most {MAX_LINES} different products fit into an order", of_products=True)
    return with_quantity(cart, sku, now)


def remove_from_cart(cart: Cart, sku: str, quantity: int | None = None) -> Cart:
    """Return the cart with less of a product; quantity None: with none of it."""
    now = 0 if quantity is None else max(0, quantity_of(cart, sku) - quantity)
    return with_quantity(cart, sku, now) if quantity_of(cart, sku) else cart


def with_quantity(cart: Cart, sku: str, quantity: int) -> Cart:
    """Return the cart with a quantity of a product; 0 removes its line. A present line keeps its place."""
    line = CartLine(sku=sku, quantity=quantity)
    if quantity < 1:
        return tuple(one for one in cart if one.sku != sku)
    if not quantity_of(cart, sku):
        return (*cart, line)
    return tuple(line if one.sku == sku else one for one in cart)


def apply_change(cart: Cart, change: CartChange) -> Cart:
    """Return the cart after a change. Raises CartFull, and ValueError for an impossible quantity."""
    if not 0 <= change.quantity <= MAX_QUANTITY:
        raise ValueError(f"a quantity is from 1 to {MAX_QUANTITY:,}")
    if change.action is CartAction.REMOVE:
        return remove_from_cart(cart, change.sku, change.quantity)
    if change.action is CartAction.ADD:
        return add_to_cart(cart, change.sku, change.quantity)
    if change.quantity and not quantity_of(cart, change.sku):
        return add_to_cart(cart, change.sku, change.quantity)
    return with_quantity(cart, change.sku, change.quantity)


def quantity_of(cart: Sequence[CartLine], sku: str) -> int:
    """Return the quantity of a product in the cart, 0 if there is none."""
    return next((line.quantity for line in cart if line.sku == sku), 0)
