"""Changes of a cart that a model proposes."""

from enum import StrEnum

import msgspec


class CartAction(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    SET = "set"


class CartChange(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed change of a cart. quantity: pieces to add, to remove, or to have; 0 removes the line."""

    action: CartAction
    sku: str
    quantity: int
