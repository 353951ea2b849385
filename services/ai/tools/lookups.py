"""The tools that look things up: the FAQ, the catalogue, and the customer's own orders."""

from decimal import Decimal, InvalidOperation
from typing import Any

from services.ai.tools.catalogue import CatalogueIndex
from services.ai.tools.results import ToolData
from shared.domain.orders import Order, parse_order_number
from shared.faq.index import FaqIndex
from shared.repositories.orders import Orders
from shared.workspace.config import Product, Workspace

_FAQS, _PRODUCTS, _ORDERS, _LINES = 5, 8, 5, 10
_SEARCHED = 50  # of a customer's orders, for one number
_DESCRIPTION = 300  # characters


def faq(workspace: Workspace, index: FaqIndex, query: str) -> ToolData:
    """Return the nearest questions, with their answers."""
    found = index.ranked(query, _FAQS)
    rows = [{"question": workspace.faqs[match.number].question, "answer": match.answer} for match in found]
    return ToolData(rows or "nothing in the FAQ is alike")


def products(index: CatalogueIndex, query: str, max_price: float) -> ToolData:
    """Return the nearest products. Their prices need not be added to the amounts: the checks know the catalogue."""
    found = index.find(query, _PRODUCTS, Decimal(str(max_price)))
    return ToolData([_product(product) for product in found] or "nothing in the catalogue is alike")


def _product(product: Product) -> dict[str, Any]:
    about = {"description": product.description[:_DESCRIPTION]} if product.description else {}
    return {
        "sku": product.sku,
        "name": product.name,
        "price": format(product.price, "f"),
        "currency": product.currency,
        **about,
    }


async def orders(kept: Orders, customer_id: str, number: str) -> ToolData:
    """Return the customer's last orders, or one of them. Another customer's order is reported as unknown.

    Raises DependencyAway.
    """
    mine = await kept.recent(customer_id, _SEARCHED)
    if number.strip():
        mine = [order for order in mine if order.number == parse_order_number(number)]
        if not mine:
            return ToolData("this customer has no order of that number")
    shown = mine[:_ORDERS]
    return ToolData([_order(order) for order in shown] or "this customer has no orders", _amounts(shown))


def _order(order: Order) -> dict[str, Any]:
    lines = [f"{line.quantity} x {line.name}" for line in order.lines[:_LINES]]
    return {
        "number": order.number,
        "state": order.state.value,
        "placed": f"{order.placed_at:%Y-%m-%d}",
        "total": f"{order.total} {order.currency}",
        "lines": [*lines, "…"] if len(order.lines) > _LINES else lines,
        **({"note_of_the_customer": order.note} if order.note else {}),
    }


def _amounts(orders_: list[Order]) -> frozenset[Decimal]:
    """Return totals and line prices: an answer may name them even if the catalogue has other prices now."""
    written = [order.total for order in orders_] + [
        text for order in orders_ for line in order.lines for text in (line.price, line.total)
    ]
    return frozenset(amount for text in written if (amount := _amount(text)) is not None)


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
