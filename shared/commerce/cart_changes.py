"""Adds products to a cart and removes them for customers and flows; tells what is not possible."""

from collections.abc import Sequence

from shared.commerce import cart as carts
from shared.commerce import texts
from shared.commerce.cart import Cart, CartFull, total_of
from shared.commerce.catalog import OfferedOptions, find_product, page_of, page_options, refusal_reason, shorten
from shared.commerce.phrases import say
from shared.commerce.results import text_result
from shared.commerce.shop_operations import split_cart
from shared.commerce.typed_orders import AddToCart, CartCommand, InvalidQuantity, RemoveFromCart, UnreadableLine
from shared.domain import money
from shared.flows.engine.actions import ActionResult, ConversationFacts
from shared.workspace.config import Product


def change_cart(
    facts: ConversationFacts, cart: Cart, lines: Sequence[CartCommand], options: OfferedOptions
) -> ActionResult:
    """Apply commands line by line; tell which are not possible.

    outcome: `` when all were applied, `partly`, or, when none was, `unknown`, `refused`, `empty`.
    """
    sentences: list[str] = []
    outcomes: list[str] = []
    after = cart
    for line in lines:
        text, outcome, after = _apply(facts, after, line, options)
        sentences.append(text)
        outcomes.append(outcome)
    kept = options if page_of(options) else page_options(facts.workspace.catalog, 1)
    done = "" in outcomes
    sentences = [*texts.within(sentences, texts.ALONE, facts.language)]
    if done:
        sentences += (
            [_total(facts, after), texts.how_to_go_on(facts.language)] if after else [texts.empty_cart(facts.language)]
        )
    outcome = ("partly" if any(outcomes) else "") if done else outcomes[0]
    return text_result("\n".join(filter(None, sentences)), outcome=outcome, cart=after, options=kept)


def add_product(
    facts: ConversationFacts, cart: Cart, one: Product, quantity: int, options: OfferedOptions
) -> ActionResult:
    """Add a quantity of a product to the cart. outcome: `` or `refused`."""
    text, outcome, after = _add(facts, cart, AddToCart(one.sku, quantity), one)
    kept = options if page_of(options) else page_options(facts.workspace.catalog, 1)
    sentences = [text] if outcome else [text, _total(facts, after), texts.how_to_go_on(facts.language)]
    return text_result("\n".join(filter(None, sentences)), outcome=outcome, cart=after, options=kept)


def _apply(facts: ConversationFacts, cart: Cart, line: CartCommand, options: OfferedOptions) -> tuple[str, str, Cart]:
    """Return the text about a command, its outcome, and the cart after it."""
    if isinstance(line, UnreadableLine):
        return texts.unread(line, facts.language), "unknown", cart
    if isinstance(line, InvalidQuantity):
        return texts.refused(line, facts.language), "refused", cart
    one = find_product(facts.workspace, line.what, options)
    if one is None:
        return texts.unknown(line.what, facts.language), "unknown", cart
    return _add(facts, cart, line, one) if isinstance(line, AddToCart) else _remove(facts, cart, line, one)


def _add(facts: ConversationFacts, cart: Cart, line: AddToCart, one: Product) -> tuple[str, str, Cart]:
    reason = refusal_reason(facts, cart, one)
    if reason:
        return reason, "refused", cart
    try:
        after = carts.add_to_cart(cart, one.sku, line.quantity)
    except CartFull as full:
        why = texts.full(full, facts.language)
        return say("not_added", facts.language, name=shorten(one.name), why=why), "refused", cart
    values = {"quantity": f"{line.quantity:,}", "name": shorten(one.name), "price": texts.price(one, facts.language)}
    return say("added", facts.language, **values), "", after


def _remove(facts: ConversationFacts, cart: Cart, line: RemoveFromCart, one: Product) -> tuple[str, str, Cart]:
    had = carts.quantity_of(cart, one.sku)
    if not had:
        return say("not_in_cart", facts.language, name=shorten(one.name)), "empty", cart
    after = carts.remove_from_cart(cart, one.sku, line.quantity)
    left = carts.quantity_of(after, one.sku)
    return say("removed", facts.language, quantity=f"{had - left:,}", name=shorten(one.name)), "", after


def _total(facts: ConversationFacts, cart: Cart) -> str:
    lines, _, currency = split_cart(facts, cart)
    total = money.formatted(total_of(lines, currency), currency)
    return say("cart_total", facts.language, total=total) if lines else ""
