"""A customer and orders, for the tests of stored customers."""

from typing import Any

from shared.domain import ids
from shared.repositories.customers import Customers
from tests.repositories.builders import PHONE, later

ME = ids.customer_id("acme", PHONE)


async def facts(customers: Customers, customer_id: str = ME) -> dict[str, Any]:
    found = await customers.get(customer_id)
    assert found is not None
    return found


def order(number: int, total: str = "10.10", currency: str = "USD") -> dict[str, Any]:
    return {
        "number": f"A-{number}",
        "state": "placed",
        "total": total,
        "currency": currency,
        "placed_at": later(number),
    }
