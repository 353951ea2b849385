"""Checks of a workspace file beyond single values: each yields problems with their places. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import phonenumbers

from shared.domain.customer import customer_view
from shared.flows.expressions.expression import parse_expression
from shared.validation.strict import Problem

T = TypeVar("T")

_MAX_PRICE = Decimal(10**12)
_MAX_DECIMALS = 4
_MISTAKEN_REGIONS = {"UK": "GB", "EN": "GB", "EL": "GR"}


class PricedProduct(Protocol):
    """A product of the catalogue, as far as prices are checked."""

    @property
    def price(self) -> Decimal: ...

    @property
    def currency(self) -> str: ...


def distinct(items: Sequence[T], field: str, key: Callable[[T], Any]) -> Iterator[Problem]:
    """Yield the items with the key of an earlier item. field: where the problem is reported; empty: at the item."""
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        earlier = first.setdefault(key(item), index)
        if earlier != index:
            yield (index, field) if field else (index,), f"is there twice: it is number {earlier + 1} of the list too"


def as_asked(question: str) -> str:
    """Return a question in a normal form: without case, extra spaces and final punctuation."""
    return " ".join(question.casefold().split()).rstrip("?!. ")


def known_region(region: str) -> str:
    """Return the region. Raises ValueError if it does not exist."""
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        meant = _MISTAKEN_REGIONS.get(region)
        raise ValueError(f"{region} is not a region" + (f"; did you mean {meant}?" if meant else " of ISO 3166"))
    return region


def prices(products: Iterable[PricedProduct]) -> Iterator[Problem]:
    """Yield prices that are too high or have too many decimals."""
    for index, product in enumerate(products):
        if product.price > _MAX_PRICE:
            yield (index, "price"), f"is more than {_MAX_PRICE:,}"
        elif product.price != round(product.price, _MAX_DECIMALS):
            yield (index, "price"), f"has more than {_MAX_DECIMALS} decimals"


def currencies(shop: str, products: Iterable[PricedProduct]) -> Iterator[Problem]:
    """Yield a problem if a catalogue has several currencies and the shop has none."""
    used = sorted({product.currency for product in products})
    if len(used) > 1 and not shop:
        yield ("currency",), f"is missing: the catalog has prices in {', '.join(used)}, and orders are made in one"


def condition(text: str) -> str:
    """Return an expression over a customer. Raises ValueError if it cannot be evaluated."""
    if not text:
        return text
    known = customer_view(None)
    for path in parse_expression(text).paths:
        if path[0] != "customer":
            raise ValueError(f"`{path[0]}` is not there; it is about `customer`, such as `customer.order_count > 0`")
        if len(path) > 1 and path[1] not in known:
            raise ValueError(f"a customer has no `{path[1]}`; there are {', '.join(known)}")
    return text


def sizes(lists: Iterable[tuple[tuple[str, ...], int, int]]) -> Iterator[Problem]:
    """Yield lists that are too long to be searched for each message of a customer. lists: path, length, limit."""
    for path, length, most in lists:
        if length > most:
            yield path[:1] if path[0] == "faqs" else path, f"has {length:,} {path[-1]}; at most {most:,} are taken"
