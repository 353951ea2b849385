"""The shop in a conversation that no flow has: what a customer says, answered, or left to others."""

from dataclasses import replace

from shared.commerce import meta_order, product_references, shop_operations, texts
from shared.commerce.cart import Cart
from shared.commerce.cart_changes import change, put_in
from shared.commerce.catalog import ITEM, Options, by_sku, find, named, page_of
from shared.commerce.catalog import referred as product_of
from shared.commerce.keywords import Word
from shared.commerce.product_references import AsksAbout, Wants
from shared.commerce.results import said as answer
from shared.commerce.typed_orders import Line, Pick, Typed, Unread, read
from shared.flows.engine.actions import ActionResult, Facts, Said
from shared.messages.content import Choice, Order, Text, Welcome

_ASKS = {
    shop_operations.CATALOG: Word.CATALOG,
    shop_operations.CART: Word.CART,
    shop_operations.ORDERS: Word.ORDERS,
    shop_operations.CLEAR: Word.CLEAR,
}
_CHOICES = {**_ASKS, shop_operations.PLACE: Word.PLACE_ORDER, "shop:menu": Word.MENU, "shop:help": Word.HELP}
_NOT_BY_NUMBER = (shop_operations.PLACE, shop_operations.CLEAR)


def handle(facts: Facts, said: Said, options: Options) -> ActionResult | None:
    """The answer, if it is about the shop; None otherwise, and always in a workspace without a catalogue.

    options: what was last offered; the result's are to be kept in its place. Raises nothing, whatever was said.
    """
    if not facts.workspace.catalog:
        return None
    result = _answered(facts, said, options)
    if result is None or result.options or result.effects:
        return result
    return replace(result, options=options)


def _answered(facts: Facts, said: Said, options: Options) -> ActionResult | None:
    cart = facts.conversation.cart
    if isinstance(said.content, Welcome):
        return shop_operations.menu(facts)
    if isinstance(said.content, Order):
        return meta_order.receive(facts, cart, said.content)
    chosen = _chosen(facts, said.choice, options) if said.choice else None
    if chosen is not None or not isinstance(said.content, Text | Choice):
        return chosen
    about = product_references.read(said.text)
    if about is not None and (result := about_product(facts, said, about, cart, options)) is not None:
        return result
    if isinstance(about, Wants) and about.pointed:
        return None  # of what, nobody can say from the text alone
    typed = read(said.text)
    if not typed:
        one = named(facts.workspace, said.text) if len(said.text) <= 200 else None
        return shop_operations.product(facts, one, options) if one else None
    first = typed[0]
    if isinstance(first, Pick):
        return _picked(facts, first.number, options)
    return _word(facts, first, options) if isinstance(first, Word) else _changed(facts, cart, typed, options)


def about_product(
    facts: Facts, said: Said, about: Wants | AsksAbout, cart: Cart, options: Options
) -> ActionResult | None:
    """The answer to what is said about the product at hand: the one that the message asks about or, when it is to be
    put into the cart and the text says "this", the one that was shown last. None: it is not ours, or there is none.
    """
    if said.sku:
        one = product_of(facts.workspace, said.sku)
    else:
        seen = isinstance(about, Wants) and about.pointed
        one = product_of(facts.workspace, facts.conversation.product) if seen else None
    if one is None:
        return None
    if isinstance(about, Wants):
        return put_in(facts, cart, one, about.quantity, options)
    return shop_operations.product(facts, one, options)


def _changed(facts: Facts, cart: Cart, typed: tuple[Typed, ...], options: Options) -> ActionResult | None:
    """Lines of an order; None when they only look like one and name nothing that is sold here."""
    lines: tuple[Line, ...] = tuple(one for one in typed if not isinstance(one, Pick | Word))
    if any(_is_ours(facts, line, options) for line in lines):
        return change(facts, cart, lines, options)
    return None


def _is_ours(facts: Facts, line: Line, options: Options) -> bool:
    if isinstance(line, Unread):
        return False
    return line.sure or find(facts.workspace, line.what, options) is not None


def _picked(facts: Facts, number: int, options: Options) -> ActionResult | None:
    """A number alone chooses from what was offered; it means nothing to a shop that has offered nothing."""
    if not any(id_.startswith("shop:") for id_, _ in options):
        return None
    if 0 < number <= len(options):
        id_ = options[number - 1][0]
        return answer(texts.say_so(facts.language)) if id_ in _NOT_BY_NUMBER else _chosen(facts, id_, options)
    one = find(facts.workspace, str(number), options) if page_of(options) else None
    return (
        shop_operations.product(facts, one, options)
        if one
        else answer(texts.no_number(number, facts.language), outcome="unknown")
    )


def _chosen(facts: Facts, id_: str, options: Options) -> ActionResult | None:
    if id_.startswith(ITEM):
        one = by_sku(facts.workspace, id_.removeprefix(ITEM))
        return (
            shop_operations.product(facts, one, options)
            if one
            else answer(texts.gone(facts.language), outcome="unknown")
        )
    word = _CHOICES.get(id_)
    return _word(facts, word, options) if word else None


def _word(facts: Facts, word: Word, options: Options) -> ActionResult | None:
    cart, page = facts.conversation.cart, page_of(options)
    match word:
        case Word.MENU:
            return shop_operations.menu(facts)
        case Word.CATALOG:
            return shop_operations.catalog(facts)
        case Word.MORE | Word.BACK:
            return shop_operations.catalog(facts, page + (1 if word is Word.MORE else -1)) if page else None
        case Word.CART:
            return shop_operations.show_cart(facts, cart)
        case Word.CLEAR:
            return shop_operations.clear(facts, cart)
        case Word.PLACE_ORDER:
            return shop_operations.place_order(facts, cart)
        case Word.ORDERS:
            return shop_operations.orders(facts)
        case Word.HELP:
            return shop_operations.help_(facts)
