"""The shop's operations: `shop` calls them for customers, `actions` for flows."""

from collections.abc import Sequence
from dataclasses import replace

from shared.commerce import texts
from shared.commerce.cart import Cart, PricedLine, price_lines, total_of
from shared.commerce.catalog import (
    PAGE,
    OfferedOptions,
    catalog_number,
    currency_of,
    page_count,
    page_of,
    page_options,
    shorten,
)
from shared.commerce.orders import build_order
from shared.commerce.phrases import say
from shared.commerce.results import buttons_result, text_result
from shared.domain.conversation import CartLine
from shared.flows.engine.actions import ActionResult, ConversationFacts
from shared.messages.outbound import Button
from shared.workspace.catalog import by_sku
from shared.workspace.config import Product

CATALOG, CART, ORDERS, CLEAR, PLACE = "shop:catalog", "shop:cart", "shop:orders", "shop:clear", "shop:place_order"
_MENU = ((CATALOG, "button_catalog"), (CART, "button_cart"), (ORDERS, "button_orders"))
_CART = ((CATALOG, "button_more"), (PLACE, "button_place"), (CLEAR, "button_clear"))


def _choices(offered_: tuple[tuple[str, str], ...], language: str) -> tuple[Button, ...]:
    return tuple(Button(id=id_, title=say(name, language)) for id_, name in offered_)


def menu(facts: ConversationFacts) -> ActionResult:
    """Return the main menu."""
    if not facts.workspace.catalog:
        return no_catalog(facts)
    return buttons_result(texts.menu(facts.workspace, facts.language), _choices(_MENU, facts.language), facts.language)


def no_catalog(facts: ConversationFacts) -> ActionResult:
    return text_result(say("nothing_to_order", facts.language), outcome="empty")


def catalog(facts: ConversationFacts, page: int = 1) -> ActionResult:
    """Return a page of the catalogue; the last one for a number too high."""
    workspace = facts.workspace
    if not workspace.catalog:
        return no_catalog(facts)
    page = min(max(1, page), page_count(workspace.catalog))
    shown = page_options(workspace.catalog, page)
    return text_result(texts.catalog(workspace, page, facts.language), options=shown, variables={"page": page})


def product(facts: ConversationFacts, one: Product, options: OfferedOptions) -> ActionResult:
    """Return a product and how to order it. Numbers still refer to the catalogue."""
    kept = options if page_of(options) else _around(facts, one)
    return text_result(texts.product(facts.workspace, one, facts.language), options=kept, variables={"sku": one.sku})


def clear(facts: ConversationFacts, cart: Cart) -> ActionResult:
    """Empty the cart."""
    if not cart:
        return text_result(texts.empty_cart(facts.language), outcome="empty")
    return text_result(say("cleared", facts.language), cart=())


def show_cart(facts: ConversationFacts, cart: Cart, before: str = "") -> ActionResult:
    """Return the cart and its total; lines that can no longer be ordered are removed, and told."""
    lines, gone, currency = split_cart(facts, cart)
    kept = tuple(line for line in cart if line not in gone)
    notes = "\n".join(filter(None, (before, _gone(facts, gone))))
    if not lines:
        return text_result(
            "\n".join(filter(None, (notes, texts.empty_cart(facts.language)))), outcome="empty", cart=kept
        )
    total = total_of(lines, currency)
    text = texts.cart(facts.workspace, lines, total, currency, facts.language)
    variables = {"total": format(total, "f"), "currency": currency, "lines": len(lines)}
    choices = _choices(_CART, facts.language)
    result = buttons_result("\n".join(filter(None, (notes, text))), choices, facts.language)
    return replace(result, cart=kept, variables=variables)


def place_order(facts: ConversationFacts, cart: Cart, note: str | None = None) -> ActionResult:
    """Order the cart. If some of it can no longer be ordered, tell so and order nothing.

    note: the customer's with the order; None: the one kept with the cart.
    """
    if not cart:
        return text_result(texts.empty_cart(facts.language), outcome="empty")
    _, gone, _ = split_cart(facts, cart)
    if gone:
        return replace(show_cart(facts, cart, before=say("not_placed_yet", facts.language)), outcome="changed")
    order = build_order(facts, cart, facts.conversation.cart_note if note is None else note)
    variables = {"order": order.number, "total": order.total, "currency": order.currency}
    return replace(text_result(texts.confirmed(order, facts.language), cart=(), variables=variables), effects=(order,))


def orders(facts: ConversationFacts) -> ActionResult:
    """Return the customer's last orders."""
    known = facts.customer.get("recent_orders") or ()
    return text_result(texts.recent(known, facts.language), outcome="" if known else "empty")


def help_(facts: ConversationFacts) -> ActionResult:
    return text_result(texts.help_(facts.language))


def split_cart(facts: ConversationFacts, cart: Cart) -> tuple[tuple[PricedLine, ...], tuple[CartLine, ...], str]:
    """Return the lines that can be ordered, those that cannot (no longer sold, other currency), and the currency."""
    lines, _ = price_lines(facts.workspace, cart)
    currency = currency_of(facts.workspace, cart)
    good = tuple(line for line in lines if line.product.currency == currency)
    kept = {line.product.sku for line in good}
    return good, tuple(line for line in cart if line.sku not in kept), currency


def _gone(facts: ConversationFacts, gone: Sequence[CartLine]) -> str:
    if not gone:
        return ""
    names = ", ".join(_name(facts, line.sku) for line in gone[:5]) + (", …" if len(gone) > 5 else "")
    return say("taken_out", facts.language, names=names)


def _name(facts: ConversationFacts, sku: str) -> str:
    one = by_sku(facts.workspace, sku)
    return shorten(one.name if one else sku, 40)


def _around(facts: ConversationFacts, one: Product) -> OfferedOptions:
    number = catalog_number(facts.workspace, one.sku)
    return page_options(facts.workspace.catalog, -(-number // PAGE))
