"""A workspace's catalogue as customers see it: in numbered pages, with one currency per order."""

from collections.abc import Sequence
from functools import lru_cache

from shared.commerce.phrases import say
from shared.domain.conversation import CartLine
from shared.domain.money import is_price
from shared.flows.engine.actions import ConversationFacts
from shared.text.phrases import folded
from shared.workspace.catalog import by_sku
from shared.workspace.config import Product, Workspace

PAGE = 10
ITEM = "shop:item:"  # prefix of an offered product's id, before its SKU
OfferedOptions = tuple[tuple[str, str], ...]


def page_count(catalog: Sequence[Product]) -> int:
    """Return the number of pages; at least one."""
    return max(1, -(-len(catalog) // PAGE))


def catalog_number(workspace: Workspace, sku: str) -> int:
    """Return a product's number in the catalogue, 0 if it is not in it."""
    return next((number for number, product in enumerate(workspace.catalog, 1) if product.sku == sku), 0)


def find_product(workspace: Workspace, what: str, options: OfferedOptions = ()) -> Product | None:
    """Return the product that a customer names by its number, its SKU in any capitals, or its name.

    options: those offered last; a number refers to what the customer saw, even if the catalogue has changed since.
    """
    if what.isdecimal() and len(what) <= 6:
        numbered = _numbered(workspace, int(what), options)
        if numbered is not None:
            return numbered
    said = what.casefold()
    return next((product for product in workspace.catalog if product.sku.casefold() == said), None) or product_named(
        workspace, what
    )


def product_named(workspace: Workspace, what: str) -> Product | None:
    """Return the product of that name; None if there are several."""
    said = folded(what)
    found = [product for product in workspace.catalog if said and said.removesuffix("s") == _plain(product.name)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=20_000)  # many messages are compared with all names
def _plain(name: str) -> str:
    return folded(name).removesuffix("s")


def _numbered(workspace: Workspace, number: int, options: OfferedOptions) -> Product | None:
    if 0 < number <= len(options) and options[number - 1][0].startswith(ITEM):
        return by_sku(workspace, options[number - 1][0].removeprefix(ITEM))
    return workspace.catalog[number - 1] if 0 < number <= len(workspace.catalog) else None


def page_options(catalog: Sequence[Product], page: int) -> OfferedOptions:
    """Return what numbers refer to after a page was shown: all products up to its end."""
    return tuple((ITEM + product.sku, product.name[:24]) for product in catalog[: page * PAGE])


def page_of(options: OfferedOptions) -> int:
    """Return the catalogue page offered last; 0 if something else was offered."""
    items = options and all(id_.startswith(ITEM) for id_, _ in options)
    return -(-len(options) // PAGE) if items else 0


def currency_of(workspace: Workspace, cart: Sequence[CartLine] = ()) -> str:
    """Return an order's currency: the workspace's, else the one of the whole catalogue, else the first line's."""
    if workspace.currency:
        return workspace.currency
    known = {product.currency for product in workspace.catalog}
    if len(known) == 1:
        return known.pop()
    first = next((product for line in cart if (product := by_sku(workspace, line.sku))), None)
    return first.currency if first else ""


def refusal_reason(facts: ConversationFacts, cart: Sequence[CartLine], product: Product) -> str:
    """Return why a product cannot be added to the cart, for the customer; empty if it can."""
    currency = currency_of(facts.workspace, cart) or product.currency
    if not is_price(product.price):
        return say("no_price", facts.language, name=shorten(product.name))
    if product.currency == currency:
        return ""
    name = shorten(product.name)
    return say("other_currency", facts.language, name=name, currency=product.currency, others=currency)


def shorten(name: str, most: int = 60) -> str:
    """Return a name cut to one line of a phone's screen."""
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
