"""The shop as actions of flows.

    name              arguments                    outcomes besides the usual one      variables
    shop.menu                                      empty (no catalogue)
    shop.catalog      page                         empty                               page
    shop.product      product                      unknown                             sku
    shop.add          product, quantity, or text   partly, unknown, refused, empty
    shop.remove       product, quantity            unknown, refused, empty
    shop.clear                                     empty (it was)
    shop.cart                                      empty                               total, currency, lines
    shop.place_order                               empty, changed (not placed, said)   order, total, currency
    shop.orders                                    empty
    shop.help

product: a number of the catalogue, an SKU or a name. quantity: by default one when adding, all when removing. text: a
typed order such as `1 x 10`; without any argument, the customer's message, such as "2 of this" about a product.
`partly`: some lines were not possible. `options` of a result: a number chooses one by its place.
"""

from shared.commerce import product_references, shop, shop_operations, texts
from shared.commerce.cart_changes import change_cart
from shared.commerce.catalog import find_product
from shared.commerce.keywords import ShopKeyword
from shared.commerce.product_references import ReferenceOrder
from shared.commerce.results import text_result
from shared.commerce.typed_orders import (
    AddToCart,
    CartCommand,
    InvalidQuantity,
    NumberChoice,
    QuantityError,
    RemoveFromCart,
    parse_quantity,
    parse_typed,
    to_plain_ascii,
)
from shared.flows.engine.actions import Action, ActionCall, ActionResult


def _catalog(call: ActionCall) -> ActionResult:
    page = parse_quantity(_argument(call, "page") or "1")
    return shop_operations.catalog(call.facts, page if isinstance(page, int) else 1)


def _product(call: ActionCall) -> ActionResult:
    what = _argument(call, "product")
    one = find_product(call.facts.workspace, what) if what else None
    return (
        shop_operations.product(call.facts, one, ())
        if one
        else text_result(texts.unknown(what, call.facts.language), outcome="unknown")
    )


def _add(call: ActionCall) -> ActionResult:
    what = _argument(call, "product")
    if what:
        written = _argument(call, "quantity") or "1"
        quantity = parse_quantity(written)
        return _change(call, _refused(what, written, quantity) or AddToCart(what, _int(quantity)))
    if (
        call.said
        and not _argument(call, "text")
        and isinstance(about := product_references.parse_reference(call.said.text), ReferenceOrder)
    ):
        result = shop.about_product(call.facts, call.said, about, call.cart, ())
        if result is not None:
            return result
    text = _argument(call, "text") or (call.said.text if call.said else "")
    lines = tuple(one for one in parse_typed(text) if not isinstance(one, NumberChoice | ShopKeyword))
    return _change(call, *lines) if lines else text_result(texts.unknown(text, call.facts.language), outcome="unknown")


def _remove(call: ActionCall) -> ActionResult:
    what, written = _argument(call, "product"), _argument(call, "quantity")
    if not written:
        return _change(call, RemoveFromCart(what))
    quantity = parse_quantity(written)
    return _change(call, _refused(what, written, quantity) or RemoveFromCart(what, _int(quantity)))


def _change(call: ActionCall, *lines: CartCommand) -> ActionResult:
    return change_cart(call.facts, call.cart, lines, ())


def _refused(what: str, written: str, quantity: int | QuantityError) -> InvalidQuantity | None:
    return InvalidQuantity(what, written, quantity) if isinstance(quantity, QuantityError) else None


def _int(quantity: int | QuantityError) -> int:
    return quantity if isinstance(quantity, int) else 0


def _argument(call: ActionCall, name: str) -> str:
    value = call.arguments.get(name)
    return "" if value is None else to_plain_ascii(str(value)).strip()


ACTIONS: dict[str, Action] = {
    "shop.menu": lambda call: shop_operations.menu(call.facts),
    "shop.catalog": _catalog,
    "shop.product": _product,
    "shop.add": _add,
    "shop.remove": _remove,
    "shop.clear": lambda call: shop_operations.clear(call.facts, call.cart),
    "shop.cart": lambda call: shop_operations.show_cart(call.facts, call.cart),
    "shop.place_order": lambda call: shop_operations.place_order(call.facts, call.cart),
    "shop.orders": lambda call: shop_operations.orders(call.facts),
    "shop.help": lambda call: shop_operations.help_(call.facts),
}

OUTCOMES: dict[str, tuple[str, ...]] = {
    "shop.menu": ("empty",),
    "shop.catalog": ("empty",),
    "shop.product": ("unknown",),
    "shop.add": ("partly", "unknown", "refused", "empty"),
    "shop.remove": ("unknown", "refused", "empty"),
    "shop.clear": ("empty",),
    "shop.cart": ("empty",),
    "shop.place_order": ("empty", "changed"),
    "shop.orders": ("empty",),
    "shop.help": (),
}
"""The outcomes of each action besides the usual one."""
