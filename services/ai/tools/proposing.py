"""Checks changes of the cart that a model proposes on a copy, so that impossible ones are refused at once. Pure.

The router asks the customer and computes all of it again; see docs/decisions/0023-cart-proposals.md.
"""

from services.ai.tools.catalogue import CatalogueIndex
from services.ai.tools.results import ToolData, ToolRefused
from services.ai.tools.specs import ProposeCart
from shared.domain.cart import Cart, CartFull, apply_change, quantity_of
from shared.messages.cart import CartAction, CartChange
from shared.workspace.config import Product, Workspace

_MOST = 10  # changes in one answer
_NOTED = (
    "Noted; nothing is changed yet. Right after your answer the shop asks the customer for a yes or no, with prices. "
    "Do not ask that yourself and do not say that it is done. With all you proposed the cart would be: "
)


class CartDraft:
    """The cart with the proposed changes."""

    def __init__(self, workspace: Workspace, catalogue: CatalogueIndex, cart: Cart) -> None:
        self._workspace = workspace
        self._catalogue = catalogue
        self._cart = cart
        self.changes: tuple[CartChange, ...] = ()

    def propose(self, wanted: ProposeCart) -> ToolData:
        """Add a change. Raises ToolRefused."""
        product = self._catalogue.by_sku(wanted.sku)
        if product is None:
            raise ToolRefused("there is no product of that sku; search the catalogue for the right one")
        if len(self.changes) >= _MOST:
            raise ToolRefused(f"at most {_MOST} changes fit into one question")
        if not wanted.quantity and wanted.action is not CartAction.SET:
            raise ToolRefused("the quantity has to be at least 1")
        change = CartChange(action=wanted.action, sku=product.sku, quantity=wanted.quantity)
        if any(change.sku == product.sku for change in self.changes):
            raise ToolRefused("a change of that product is proposed already")
        self._check(change, product)
        try:
            after = apply_change(self._cart, change)
        except CartFull as full:
            raise ToolRefused(str(full)) from None
        if after == self._cart:
            raise ToolRefused("the cart has exactly that already")
        self._cart, self.changes = after, (*self.changes, change)
        lines = ", ".join(f"{line.quantity} x {line.sku}" for line in after[:20]) or "empty"
        return ToolData(_NOTED + lines)

    def _check(self, change: CartChange, product: Product) -> None:
        had = quantity_of(self._cart, product.sku)
        if change.action is CartAction.REMOVE and change.quantity > had:
            raise ToolRefused(f"the cart has {had} of that product")
        currencies = {in_cart.currency for line in self._cart if (in_cart := self._catalogue.by_sku(line.sku))}
        if change.action is not CartAction.REMOVE and currencies - {product.currency}:
            raise ToolRefused("one order has one currency, and the cart has another one than that product")
