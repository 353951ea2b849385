"""Puts things into a cart and takes them out, as a customer or a flow asks. What is not possible is said."""

from collections.abc import Sequence

from shared.commerce import cart as carts
from shared.commerce import money, texts
from shared.commerce.cart import Cart, CartFull, total_of
from shared.commerce.catalog import Options, find, offered, page_of, short, why_not
from shared.commerce.phrases import say
from shared.commerce.results import said
from shared.commerce.shop_operations import sorted_out
from shared.commerce.typed_orders import Add, Line, Refused, Remove, Unread
from shared.flows.engine.actions import ActionResult, Facts
from shared.workspace.config import Product


def change(facts: Facts, cart: Cart, lines: Sequence[Line], options: Options) -> ActionResult:
    """Put things in and take them out, line by line; what is not possible is said, the rest is done.

    outcome: `` when all was done, `partly`, or (nothing was) `unknown`, `refused`, `empty`.
    """
    told: list[str] = []
    outcomes: list[str] = []
    after = cart
    for line in lines:
        text, outcome, after = _one(facts, after, line, options)
        told.append(text)
        outcomes.append(outcome)
    kept = options if page_of(options) else offered(facts.workspace.catalog, 1)
    done = "" in outcomes
    sentences = [*texts.within(told, texts.ALONE)]
    if done:
        sentences += (
            [_total(facts, after), texts.how_to_go_on(facts.language)] if after else [texts.empty_cart(facts.language)]
        )
    outcome = ("partly" if any(outcomes) else "") if done else outcomes[0]
    return said("\n".join(filter(None, sentences)), outcome=outcome, cart=after, options=kept)


def put_in(facts: Facts, cart: Cart, one: Product, quantity: int, options: Options) -> ActionResult:
    """Put a quantity of a product into the cart. outcome: `` or `refused`."""
    text, outcome, after = _add(facts, cart, Add(one.sku, quantity), one)
    kept = options if page_of(options) else offered(facts.workspace.catalog, 1)
    sentences = [text] if outcome else [text, _total(facts, after), texts.how_to_go_on(facts.language)]
    return said("\n".join(filter(None, sentences)), outcome=outcome, cart=after, options=kept)


def _one(facts: Facts, cart: Cart, line: Line, options: Options) -> tuple[str, str, Cart]:
    """What is said about a line, the outcome, and the cart after it."""
    if isinstance(line, Unread):
        return texts.unread(line), "unknown", cart
    if isinstance(line, Refused):
        return texts.refused(line), "refused", cart
    one = find(facts.workspace, line.what, options)
    if one is None:
        return texts.unknown(line.what, facts.language), "unknown", cart
    return _add(facts, cart, line, one) if isinstance(line, Add) else _remove(facts, cart, line, one)


def _add(facts: Facts, cart: Cart, line: Add, one: Product) -> tuple[str, str, Cart]:
    reason = why_not(facts, cart, one)
    if reason:
        return reason, "refused", cart
    try:
        after = carts.added(cart, one.sku, line.quantity)
    except CartFull as full:
        return f"{short(one.name)} was not added: {full}.", "refused", cart
    values = {"quantity": f"{line.quantity:,}", "name": short(one.name), "price": texts.price(one, facts.language)}
    return say("added", facts.language, **values), "", after


def _remove(facts: Facts, cart: Cart, line: Remove, one: Product) -> tuple[str, str, Cart]:
    had = carts.quantity_of(cart, one.sku)
    if not had:
        return f"{short(one.name)} is not in your cart.", "empty", cart
    after = carts.removed(cart, one.sku, line.quantity)
    left = carts.quantity_of(after, one.sku)
    return say("removed", facts.language, quantity=f"{had - left:,}", name=short(one.name)), "", after


def _total(facts: Facts, cart: Cart) -> str:
    lines, _, currency = sorted_out(facts, cart)
    total = money.in_words(total_of(lines, currency), currency)
    return say("cart_total", facts.language, total=total) if lines else ""
