"""What a shop does, each step as a result: for `shop` when customers ask for it, for `actions` when flows do."""

from collections.abc import Sequence
from dataclasses import replace

from shared.commerce import texts
from shared.commerce.cart import Cart, Priced, priced, total_of
from shared.commerce.catalog import PAGE, Options, by_sku, currency_of, number_of, offered, page_of, pages, short
from shared.commerce.orders import place
from shared.commerce.phrases import say
from shared.commerce.results import buttons, said
from shared.domain.conversation import CartLine
from shared.flows.engine.actions import ActionResult, Facts
from shared.messages.outbound import Button
from shared.workspace.config import Product

CATALOG, CART, ORDERS, CLEAR, PLACE = "shop:catalog", "shop:cart", "shop:orders", "shop:clear", "shop:place_order"
_MENU = ((CATALOG, "button_catalog"), (CART, "button_cart"), (ORDERS, "button_orders"))
_CART = ((CATALOG, "button_more"), (PLACE, "button_place"), (CLEAR, "button_clear"))


def _choices(offered_: tuple[tuple[str, str], ...], language: str) -> tuple[Button, ...]:
    return tuple(Button(id=id_, title=say(name, language)) for id_, name in offered_)


def menu(facts: Facts) -> ActionResult:
    """The main menu."""
    if not facts.workspace.catalog:
        return no_catalog()
    return buttons(texts.menu(facts.workspace, facts.language), _choices(_MENU, facts.language), facts.language)


def no_catalog() -> ActionResult:
    return said("We have nothing to order here at the moment.", outcome="empty")


def catalog(facts: Facts, page: int = 1) -> ActionResult:
    """A page; the last one for a number that is too high."""
    workspace = facts.workspace
    if not workspace.catalog:
        return no_catalog()
    page = min(max(1, page), pages(workspace.catalog))
    shown = offered(workspace.catalog, page)
    return said(texts.catalog(workspace, page, facts.language), options=shown, variables={"page": page})


def product(facts: Facts, one: Product, options: Options) -> ActionResult:
    """A product and how to order it. Numbers go on choosing from the catalogue."""
    kept = options if page_of(options) else _around(facts, one)
    return said(texts.product(facts.workspace, one, facts.language), options=kept, variables={"sku": one.sku})


def clear(facts: Facts, cart: Cart) -> ActionResult:
    """Take all out."""
    if not cart:
        return said(texts.empty_cart(facts.language), outcome="empty")
    return said(say("cleared", facts.language), cart=())


def show_cart(facts: Facts, cart: Cart, before: str = "") -> ActionResult:
    """The cart and what it costs; what cannot be ordered any more is taken out, and said."""
    lines, gone, currency = sorted_out(facts, cart)
    kept = tuple(line for line in cart if line not in gone)
    notes = "\n".join(filter(None, (before, _gone(facts, gone))))
    if not lines:
        return said("\n".join(filter(None, (notes, texts.empty_cart(facts.language)))), outcome="empty", cart=kept)
    total = total_of(lines, currency)
    text = texts.cart(facts.workspace, lines, total, currency, facts.language)
    variables = {"total": format(total, "f"), "currency": currency, "lines": len(lines)}
    choices = _choices(_CART, facts.language)
    result = buttons("\n".join(filter(None, (notes, text))), choices, facts.language)
    return replace(result, cart=kept, variables=variables)


def place_order(facts: Facts, cart: Cart, note: str | None = None) -> ActionResult:
    """Order what is in the cart. When some of it cannot be ordered any more, that is said and nothing is ordered.

    note: what the customer wrote with the order; None: what is kept with the cart.
    """
    if not cart:
        return said(texts.empty_cart(facts.language), outcome="empty")
    _, gone, _ = sorted_out(facts, cart)
    if gone:
        return replace(show_cart(facts, cart, before="Your order is not placed yet."), outcome="changed")
    order = place(facts, cart, facts.conversation.cart_note if note is None else note)
    variables = {"order": order.number, "total": order.total, "currency": order.currency}
    return replace(said(texts.confirmed(order, facts.language), cart=(), variables=variables), effects=(order,))


def orders(facts: Facts) -> ActionResult:
    """The customer's last orders."""
    known = facts.customer.get("recent_orders") or ()
    return said(texts.recent(known, facts.language), outcome="" if known else "empty")


def help_(facts: Facts) -> ActionResult:
    return said(texts.help_(facts.language))


def sorted_out(facts: Facts, cart: Cart) -> tuple[tuple[Priced, ...], tuple[CartLine, ...], str]:
    """The lines that can be ordered, those that cannot (not sold any more, or in another currency), the currency."""
    lines, _ = priced(facts.workspace, cart)
    currency = currency_of(facts.workspace, cart)
    good = tuple(line for line in lines if line.product.currency == currency)
    kept = {line.product.sku for line in good}
    return good, tuple(line for line in cart if line.sku not in kept), currency


def _gone(facts: Facts, gone: Sequence[CartLine]) -> str:
    if not gone:
        return ""
    names = ", ".join(_name(facts, line.sku) for line in gone[:5]) + (", …" if len(gone) > 5 else "")
    return f"Not available any more and taken out of your cart: {names}."


def _name(facts: Facts, sku: str) -> str:
    one = by_sku(facts.workspace, sku)
    return short(one.name if one else sku, 40)


def _around(facts: Facts, one: Product) -> Options:
    number = number_of(facts.workspace, one.sku)
    return offered(facts.workspace.catalog, -(-number // PAGE))
