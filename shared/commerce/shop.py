"""Answers a customer's message about the shop while no flow is running."""

from dataclasses import replace

from shared.commerce import meta_order, product_references, shop_operations, texts
from shared.commerce.cart import Cart
from shared.commerce.cart_changes import add_product, change_cart
from shared.commerce.catalog import ITEM, OfferedOptions, find_product, page_of, product_named
from shared.commerce.keywords import ShopKeyword
from shared.commerce.product_references import ReferenceOrder, ReferenceQuestion
from shared.commerce.results import text_result as answer
from shared.commerce.typed_orders import CartCommand, NumberChoice, TypedInput, UnreadableLine, parse_typed
from shared.flows.engine.actions import ActionResult, ConversationFacts, CustomerInput
from shared.messages.content import CatalogOrder, Choice, Text, Welcome
from shared.workspace.catalog import by_foreign_sku, by_sku

_ASKS = {
    shop_operations.CATALOG: ShopKeyword.CATALOG,
    shop_operations.CART: ShopKeyword.CART,
    shop_operations.ORDERS: ShopKeyword.ORDERS,
    shop_operations.CLEAR: ShopKeyword.CLEAR,
}
_CHOICES = {
    **_ASKS,
    shop_operations.PLACE: ShopKeyword.PLACE_ORDER,
    "shop:menu": ShopKeyword.MENU,
    "shop:help": ShopKeyword.HELP,
}
_NOT_BY_NUMBER = (shop_operations.PLACE, shop_operations.CLEAR)


def answer_shop_message(facts: ConversationFacts, said: CustomerInput, options: OfferedOptions) -> ActionResult | None:
    """Return the answer to a message about the shop; None for others, and in workspaces without a catalogue.

    options: those offered last; the result's replace them. Never raises, whatever the message.
    """
    if not facts.workspace.catalog:
        return None
    result = _answered(facts, said, options)
    if result is None or result.options or result.effects:
        return result
    return replace(result, options=options)


def _answered(facts: ConversationFacts, said: CustomerInput, options: OfferedOptions) -> ActionResult | None:
    cart = facts.conversation.cart
    if isinstance(said.content, Welcome):
        return shop_operations.menu(facts)
    if isinstance(said.content, CatalogOrder):
        return meta_order.receive_meta_order(facts, cart, said.content)
    chosen = _chosen(facts, said.choice, options) if said.choice else None
    if chosen is not None or not isinstance(said.content, Text | Choice):
        return chosen
    about = product_references.parse_reference(said.text)
    if about is not None and (result := about_product(facts, said, about, cart, options)) is not None:
        return result
    if isinstance(about, ReferenceOrder) and about.pointed:
        return None  # the text alone does not say which product
    typed = parse_typed(said.text)
    if not typed:
        one = product_named(facts.workspace, said.text) if len(said.text) <= 200 else None
        return shop_operations.product(facts, one, options) if one else None
    first = typed[0]
    if isinstance(first, NumberChoice):
        return _picked(facts, first.number, options)
    return _word(facts, first, options) if isinstance(first, ShopKeyword) else _changed(facts, cart, typed, options)


def about_product(
    facts: ConversationFacts,
    said: CustomerInput,
    about: ReferenceOrder | ReferenceQuestion,
    cart: Cart,
    options: OfferedOptions,
) -> ActionResult | None:
    """Return the answer about the product at hand: the one that the message refers to or, for an order of "this", the
    one shown last. None: it is not in the catalogue, or there is none.
    """
    if said.sku:
        one = by_foreign_sku(facts.workspace, said.sku)
    else:
        seen = isinstance(about, ReferenceOrder) and about.pointed
        one = by_foreign_sku(facts.workspace, facts.conversation.product) if seen else None
    if one is None:
        return None
    if isinstance(about, ReferenceOrder):
        return add_product(facts, cart, one, about.quantity, options)
    return shop_operations.product(facts, one, options)


def _changed(
    facts: ConversationFacts, cart: Cart, typed: tuple[TypedInput, ...], options: OfferedOptions
) -> ActionResult | None:
    """Apply the lines of an order; None when no line names a product of ours."""
    lines: tuple[CartCommand, ...] = tuple(one for one in typed if not isinstance(one, NumberChoice | ShopKeyword))
    if any(_is_about_product(facts, line, options) for line in lines):
        return change_cart(facts, cart, lines, options)
    return None


def _is_about_product(facts: ConversationFacts, line: CartCommand, options: OfferedOptions) -> bool:
    if isinstance(line, UnreadableLine):
        return False
    return line.sure or find_product(facts.workspace, line.what, options) is not None


def _picked(facts: ConversationFacts, number: int, options: OfferedOptions) -> ActionResult | None:
    """Return the answer to a number alone; None when the shop has offered no options."""
    if not any(id_.startswith("shop:") for id_, _ in options):
        return None
    if 0 < number <= len(options):
        id_ = options[number - 1][0]
        return answer(texts.say_so(facts.language)) if id_ in _NOT_BY_NUMBER else _chosen(facts, id_, options)
    one = find_product(facts.workspace, str(number), options) if page_of(options) else None
    return (
        shop_operations.product(facts, one, options)
        if one
        else answer(texts.no_number(number, facts.language), outcome="unknown")
    )


def _chosen(facts: ConversationFacts, id_: str, options: OfferedOptions) -> ActionResult | None:
    if id_.startswith(ITEM):
        one = by_sku(facts.workspace, id_.removeprefix(ITEM))
        return (
            shop_operations.product(facts, one, options)
            if one
            else answer(texts.gone(facts.language), outcome="unknown")
        )
    word = _CHOICES.get(id_)
    return _word(facts, word, options) if word else None


def _word(facts: ConversationFacts, word: ShopKeyword, options: OfferedOptions) -> ActionResult | None:
    cart, page = facts.conversation.cart, page_of(options)
    match word:
        case ShopKeyword.MENU:
            return shop_operations.menu(facts)
        case ShopKeyword.CATALOG:
            return shop_operations.catalog(facts)
        case ShopKeyword.MORE | ShopKeyword.BACK:
            return shop_operations.catalog(facts, page + (1 if word is ShopKeyword.MORE else -1)) if page else None
        case ShopKeyword.CART:
            return shop_operations.show_cart(facts, cart)
        case ShopKeyword.CLEAR:
            return shop_operations.clear(facts, cart)
        case ShopKeyword.PLACE_ORDER:
            return shop_operations.place_order(facts, cart)
        case ShopKeyword.ORDERS:
            return shop_operations.orders(facts)
        case ShopKeyword.HELP:
            return shop_operations.help_(facts)
