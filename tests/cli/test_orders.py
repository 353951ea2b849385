"""`parley orders` lists, shows and advances orders."""

import asyncio
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.domain.orders import OrderState, order_number
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from tests.cli.conftest import Live

NOTE = "Leave it [at the gate]"
_numbers = itertools.count(1)


async def store(live: Live, placed: OrderPlaced, state: OrderState | None) -> None:
    """Store an order as the router does."""
    mongo = Mongo(live.stack.info["mongodb"], live.stack.info["mongodb_database"])
    orders, now = Orders(mongo, "acme"), SystemClock().now()
    await orders.place(placed, "u1", f"c-{placed.number}", now)
    if state is not None:
        await orders.advance(placed.number, state, now, "ada")
    await mongo.close()


def place_order(live: Live, state: OrderState | None = None) -> str:
    """Store a new order, and return its number."""
    id_ = ids.derived_id("order", "test", str(next(_numbers)))
    line = {"sku": "C1", "name": "Oak coaster", "quantity": 10, "price": "4.50", "total": "45.00"}
    placed = OrderPlaced(id=id_, number=order_number(id_), lines=(line,), total="45.00", currency="USD", note=NOTE)
    asyncio.run(store(live, placed, state))
    return placed.number


@pytest.fixture(scope="module")
def numbers(live: Live) -> Iterator[dict[str, str]]:
    yield {"placed": place_order(live), "paid": place_order(live, OrderState.PAID)}


def test_orders_are_listed_newest_first(live: Live, numbers: dict[str, str]) -> None:
    found: list[dict[str, Any]] = live.parley("orders", "list", "-w", "acme", "--json").lines()
    listed = [one["number"] for one in found if one["number"] in numbers.values()]
    assert listed == [numbers["paid"], numbers["placed"]]
    assert {one["total"] for one in found} == {"45.00"}

    shown = live.parley("orders", "list", "--workspace", "acme", "--state", "paid").out
    assert f"{numbers['paid']}  paid" in shown
    assert "USD 45.00  10 pieces of 1 products" in shown
    assert numbers["placed"] not in shown
    assert "no orders that are shipped" in live.parley("orders", "list", "-w", "acme", "--state", "shipped").out


def test_order_is_found_by_its_number_in_any_spelling(live: Live, numbers: dict[str, str]) -> None:
    shown = live.parley("orders", "show", numbers["paid"].lower().replace("-", " "), "-w", "acme").out
    assert f"note: {NOTE}" in shown
    assert "10 x Oak coaster (C1) at 4.50 = 45.00" in shown
    assert "paid by ada" in shown
    assert "can become: shipped, cancelled" in shown
    assert live.parley("orders", "show", numbers["paid"], "-w", "acme", "--json").json()["state"] == "paid"


MISTAKES = {
    "an unknown order": (("show", "2222-2222"), "acme has no order 2222-2222"),
    "an unknown state": (("advance", "{placed}", "sold"), "'sold' is not a state of an order: placed, confirmed"),
    "a state that must not follow": (("advance", "{placed}", "delivered"), "is placed and cannot become delivered"),
    "an order whose conversation is erased": (("advance", "{placed}", "paid"), "has been erased"),
    "an unknown state in a list": (("list", "--state", "sold"), "'sold' is not a state"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake_is_reported_in_one_line(live: Live, numbers: dict[str, str], case: str) -> None:
    arguments, expected = MISTAKES[case]
    done = live.parley("orders", *(one.format(**numbers) for one in arguments), "-w", "acme")
    assert done.code == 1
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_unknown_workspace_is_reported(live: Live) -> None:
    done = live.parley("orders", "list", "-w", "nobody")
    assert (done.code, "there is no workspace 'nobody'; there are: " in done.err) == (1, True)


def test_customer_is_notified_of_an_advanced_order_unless_opted_out(live: Live, customer: str) -> None:
    live.write("1 x 3", customer)
    live.received(customer)
    live.write("place order", customer)
    placed = live.received(customer, 2)[-1]["text"]
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", placed)
    assert found is not None, placed
    done = live.parley("orders", "advance", found[0], "confirmed", "-w", "acme")
    assert done.out == f"{found[0]} is confirmed now; the customer is notified.\n"
    assert "accepted" in live.received(customer, 3)[-1]["text"]
    live.write("STOP", customer)
    live.received(customer, 4)
    done = live.parley("orders", "advance", found[0], "paid", "-w", "acme")
    assert done.out == f"{found[0]} is paid now; the customer is not notified: the customer has opted out.\n"
