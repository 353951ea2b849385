"""Orders are stored once, and go through their states one way only."""

import asyncio

import pytest

from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.domain.orders import Order, OrderState, TransitionNotAllowed, UnknownOrder, order_number
from shared.errors import Conflict
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later


def order(which: int = 1, **changes: object) -> OrderPlaced:
    id_ = ids.derived_id("order", str(which))
    values = {
        "lines": ({"sku": "C1", "name": "Oak coaster", "quantity": 10, "price": "4.50", "total": "45.00"},),
        "total": "45.00",
        "currency": "USD",
        "number": order_number(id_),
        **changes,
    }
    return OrderPlaced(id=id_, **values)  # type: ignore[arg-type]


async def test_order_is_stored_once_and_reads_back_equal(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    assert await orders.place(order(), "u1", "c1", NOW)
    assert not await orders.place(order(), "u1", "c1", later(60))

    found = await orders.get(order().number)
    assert found is not None
    assert (found.id, found.state, found.total, found.placed_at) == (order().id, OrderState.PLACED, "45.00", later(0))
    assert (found.customer_id, found.conversation_id) == ("u1", "c1")
    assert [(line.sku, line.quantity, line.price, line.total) for line in found.lines] == [("C1", 10, "4.50", "45.00")]
    assert found.brief() == {
        "number": found.number,
        "state": "placed",
        "total": "45.00",
        "currency": "USD",
        "placed_at": NOW,
    }
    assert await orders.get("2222-2222") is None


async def test_concurrent_replicas_store_an_order_once(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    made = await asyncio.gather(*(orders.place(order(), "u1", "c1", NOW) for _ in range(8)))
    assert sum(made) == 1
    assert len(await orders.find(None, 9)) == 1


async def test_order_id_of_another_workspace_is_not_reported_as_stored(mongo: Mongo) -> None:
    await Orders(mongo, "acme").place(order(), "u1", "c1", NOW)
    with pytest.raises(Conflict):
        await Orders(mongo, "rival").place(order(), "u1", "c1", NOW)


async def test_order_number_in_use_twice_means_the_newer_order(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    await orders.place(order(1, number="K7M4-Q2XC"), "u1", "c1", later(0))
    await orders.place(order(2, number="K7M4-Q2XC"), "u2", "c2", later(5))
    found = await orders.get("K7M4-Q2XC")
    assert found is not None
    assert found.id == order(2).id
    changed = await orders.advance("K7M4-Q2XC", OrderState.CONFIRMED, later(6), "ada")
    assert changed.id == order(2).id
    [first] = await orders.recent("u1", 5)
    assert first.state is OrderState.PLACED


async def test_orders_are_listed_newest_first_in_pages_and_by_state(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    for number in range(7):
        await orders.place(order(number), f"u{number % 2}", "c1", later(number // 2))
    await orders.advance(order(3).number, OrderState.PAID, later(9), "ada")

    pages: list[list[Order]] = []
    end = None
    while page := await orders.find(None, 3, end):
        pages.append(page)
        end = (page[-1].placed_at, page[-1].id)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({one.id for page in pages for one in page}) == 7
    times = [one.placed_at for page in pages for one in page]
    assert times == sorted(times, reverse=True)
    assert [one.id for one in await orders.find(OrderState.PAID, 9)] == [order(3).id]
    assert len(await orders.recent("u0", 3)) == 3
    assert [one.customer_id for one in await orders.recent("u1", 9)] == ["u1"] * 3


async def test_states_of_an_order_are_stored_with_author_and_time(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    await orders.place(order(), "u1", "c1", NOW)
    for step, state in enumerate((OrderState.CONFIRMED, OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED), 1):
        changed = await orders.advance(order().number, state, later(step), "ada")
        assert (changed.state, changed.updated_at) == (state, later(step))
    changed = await orders.advance(order().number, OrderState.DELIVERED, later(9), "ben")
    assert [(past.state, past.by) for past in changed.states] == [
        (OrderState.PLACED, "customer"),
        *(
            (state, "ada")
            for state in (OrderState.CONFIRMED, OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED)
        ),
    ]


async def test_repeated_state_changes_nothing(mongo: Mongo) -> None:
    """A command that comes again, late, leaves the order as it is by now."""
    orders = Orders(mongo, "acme")
    await orders.place(order(), "u1", "c1", NOW)
    await orders.advance(order().number, OrderState.CONFIRMED, later(1), "ada")
    paid = await orders.advance(order().number, OrderState.PAID, later(2), "ada")
    assert await orders.advance(order().number, OrderState.CONFIRMED, later(3), "ada") == paid


async def test_forbidden_state_change_is_refused_and_changes_nothing(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    await orders.place(order(), "u1", "c1", NOW)
    with pytest.raises(
        TransitionNotAllowed, match="is placed and cannot become delivered; it can become: confirmed, paid"
    ):
        await orders.advance(order().number, OrderState.DELIVERED, later(1), "ada")
    with pytest.raises(UnknownOrder):
        await orders.advance("2222-2222", OrderState.PAID, later(1), "ada")
    found = await orders.get(order().number)
    assert found is not None
    assert (found.state, len(found.states)) == (OrderState.PLACED, 1)


async def test_one_of_two_concurrent_changes_of_an_order_is_refused(mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    await orders.place(order(), "u1", "c1", NOW)
    await orders.advance(order().number, OrderState.PAID, later(1), "ada")
    outcomes = await asyncio.gather(
        orders.advance(order().number, OrderState.SHIPPED, later(2), "ada"),
        orders.advance(order().number, OrderState.CANCELLED, later(2), "ben"),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Order", "TransitionNotAllowed"]
    found = await orders.get(order().number)
    assert found is not None
    assert len(found.states) == 3
