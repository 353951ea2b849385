"""The catalogue of a workspace as customers meet it: numbered through all pages, one currency for an order."""

from collections.abc import Sequence
from functools import lru_cache

from shared.domain.conversation import CartLine
from shared.domain.money import is_price
from shared.flows.engine.actions import ConversationFacts
from shared.text.words import folded
from shared.workspace.catalog import by_sku
from shared.workspace.config import Product, Workspace

PAGE = 10
ITEM = "shop:item:"  # the id of a product that is offered, before its SKU
OfferedOptions = tuple[tuple[str, str], ...]


def page_count(catalog: Sequence[Product]) -> int:
    """How many pages there are; at least one."""
    return max(1, -(-len(catalog) // PAGE))


def catalog_number(workspace: Workspace, sku: str) -> int:
    """The number of a product in the catalogue; 0 when it is not in it."""
    return next((number for number, product in enumerate(workspace.catalog, 1) if product.sku == sku), 0)


def find_product(workspace: Workspace, what: str, options: OfferedOptions = ()) -> Product | None:
    """The product that a customer names: by its number, its SKU in capitals or not, or its name.

    options: what was offered last; a number means what the customer saw, though the catalogue has changed since.
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
    """The one product of that name; None when there are two."""
    said = folded(what)
    found = [product for product in workspace.catalog if said and said.removesuffix("s") == _plain(product.name)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=20_000)  # every message that nothing else understands is compared with all names
def _plain(name: str) -> str:
    return folded(name).removesuffix("s")


def _numbered(workspace: Workspace, number: int, options: OfferedOptions) -> Product | None:
    if 0 < number <= len(options) and options[number - 1][0].startswith(ITEM):
        return by_sku(workspace, options[number - 1][0].removeprefix(ITEM))
    return workspace.catalog[number - 1] if 0 < number <= len(workspace.catalog) else None


def page_options(catalog: Sequence[Product], page: int) -> OfferedOptions:
    """What numbers choose after a page was shown: all products up to its end, so that a number is a place in it."""
    return tuple((ITEM + product.sku, product.name[:24]) for product in catalog[: page * PAGE])


def page_of(options: OfferedOptions) -> int:
    """The page of the catalogue that was offered last; 0 when it was something else."""
    items = options and all(id_.startswith(ITEM) for id_, _ in options)
    return -(-len(options) // PAGE) if items else 0


def currency_of(workspace: Workspace, cart: Sequence[CartLine] = ()) -> str:
    """The one currency of an order: the workspace's, else the catalogue's when all agree, else the first line's."""
    if workspace.currency:
        return workspace.currency
    known = {product.currency for product in workspace.catalog}
    if len(known) == 1:
        return known.pop()
    first = next((product for line in cart if (product := by_sku(workspace, line.sku))), None)
    return first.currency if first else ""


def refusal_reason(facts: ConversationFacts, cart: Sequence[CartLine], product: Product) -> str:
    """Why a product cannot be ordered together with what is in the cart; empty when it can."""
    currency = currency_of(facts.workspace, cart) or product.currency
    if not is_price(product.price):
        return f"{shorten(product.name)} has no price that we can sell it for."
    if product.currency == currency:
        return ""
    name = shorten(product.name)
    return f"{name} is sold in {product.currency}, but this order is in {currency}: one order, one currency."


def shorten(name: str, most: int = 60) -> str:
    """A name for one line of a phone's screen."""
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
