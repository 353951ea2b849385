"""Receives WhatsApp's own orders, from a catalogue that Meta shows. Our prices count; differences are told."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from shared.commerce import cart as carts
from shared.commerce import texts
from shared.commerce.cart import MAX_LINES, Cart
from shared.commerce.catalog import refusal_reason, shorten
from shared.commerce.orders import tidy_note
from shared.commerce.phrases import say
from shared.commerce.results import text_result
from shared.commerce.shop_operations import place_order, show_cart
from shared.commerce.typed_orders import MAX_QUANTITY
from shared.domain import money
from shared.domain.conversation import CartLine
from shared.flows.engine.actions import ActionResult, ConversationFacts
from shared.messages.content import CatalogOrder, OrderItem
from shared.workspace.catalog import by_foreign_sku
from shared.workspace.config import Product


def receive_meta_order(facts: ConversationFacts, cart: Cart, order: CatalogOrder) -> ActionResult:
    """Place the order; if it differs from our catalogue, put what can be ordered into the cart instead, and tell why.

    outcome: empty, changed (it is in the cart), unknown (no product is ours). Placing the order leaves the
    conversation's cart unchanged. The customer's note goes with the order, or is kept with the cart.
    """
    if not order.items:
        return text_result(say("no_products", facts.language), outcome="empty")
    wanted, problems = _read(facts, order)
    if not wanted:
        return text_result(
            "\n".join((*texts.within(problems, texts.ALONE, facts.language), say("not_placed", facts.language))),
            outcome="unknown",
        )
    if not problems:
        return replace(place_order(facts, wanted, order.text or ""), cart=None)
    kept = _keep(facts, cart, wanted, problems)
    return replace(kept, note=tidy_note(order.text)) if order.text else kept


def _keep(facts: ConversationFacts, cart: Cart, wanted: Cart, problems: tuple[str, ...]) -> ActionResult:
    for line in wanted:
        if not carts.quantity_of(cart, line.sku) and len(cart) >= MAX_LINES:
            problems = (*problems, say("cart_is_full", facts.language, most=MAX_LINES))
            break
        cart = carts.with_quantity(cart, line.sku, line.quantity)
    told = (*texts.within(problems, 1_000, facts.language), say("not_yet", facts.language))
    shown = show_cart(facts, cart, before="\n".join(told))
    return replace(shown, outcome="changed")


def _read(facts: ConversationFacts, order: CatalogOrder) -> tuple[Cart, tuple[str, ...]]:
    """Return what can be ordered, and the problems."""
    wanted: Cart = ()
    problems: dict[str, None] = {}  # each once
    pieces = Counter[str]()
    for item in order.items:
        pieces[_key(facts, item)] += item.quantity
    for item in order.items:
        product = by_foreign_sku(facts.workspace, item.sku)
        problem, good = _problem(facts, wanted, item, product, pieces[_key(facts, item)])
        if problem:
            problems[problem] = None
        if good and product is not None and not carts.quantity_of(wanted, product.sku):
            wanted = (*wanted, CartLine(sku=product.sku, quantity=pieces[product.sku]))
    return wanted, tuple(problems)


def _key(facts: ConversationFacts, item: OrderItem) -> str:
    """Return the SKU under which an item is counted: ours, or its own if we do not have it."""
    product = by_foreign_sku(facts.workspace, item.sku)
    return product.sku if product is not None else item.sku


def _problem(
    facts: ConversationFacts, wanted: Cart, item: OrderItem, product: Product | None, pieces: int
) -> tuple[str, bool]:
    """Return the problem of an item or "", and whether the item can be ordered nevertheless."""
    if product is None:
        return say("not_sold", facts.language, what=shorten(item.sku, 40)), False
    if not 0 < pieces <= MAX_QUANTITY:
        most = f"{MAX_QUANTITY:,}"
        return say("from_one_to", facts.language, name=shorten(product.name), most=most), False
    if len(wanted) >= MAX_LINES and not carts.quantity_of(wanted, product.sku):
        return say("fit_into_order", facts.language, most=MAX_LINES), False
    reason = refusal_reason(facts, wanted, product)
    if reason:
        return reason, False
    if _same_price(item, product):
        return "", True
    price = texts.price(product, facts.language)
    return say("costs_now", facts.language, product=shorten(product.name), price=price), True


def _same_price(item: OrderItem, product: Product) -> bool:
    """Return whether the item's price is ours; also without a price."""
    if not item.price:
        return True
    try:
        seen = money.rounded(Decimal(item.price), product.currency)
    except InvalidOperation:
        return False
    return seen == money.rounded(product.price, product.currency) and item.currency in ("", product.currency)
