"""Orders counted on the customer's record."""

from decimal import Decimal

from shared.repositories.customers import Customers
from tests.repositories.builders import later
from tests.repositories.customer_builders import ME, facts, order


async def test_orders_are_counted_once_and_summed_as_decimals(customers: Customers) -> None:
    for number in range(1, 8):
        assert await customers.count_order(ME, order(number), f"c{number}", later(number))
        assert not await customers.count_order(ME, order(number), f"c{number}", later(number))
    await customers.count_order(ME, order(8, "1500", "NGN"), "c8", later(8))
    found = await facts(customers)
    assert found["order_count"] == 8
    assert found["order_total"] == {"USD": "70.70", "NGN": "1500"}
    assert [one["number"] for one in found["recent_orders"]] == ["A-8", "A-7", "A-6", "A-5", "A-4"]


async def test_order_redelivered_after_many_others_is_not_counted_again(customers: Customers) -> None:
    for number in range(1, 60):
        await customers.count_order(ME, order(number), f"c{number}", later(number))
    assert not await customers.count_order(ME, order(1), "c1", later(1))
    assert (await facts(customers))["order_count"] == 59


async def test_order_totals_are_exact(customers: Customers) -> None:
    totals = ["0.10", "0.20", "1e3", "99999999999999.99", "nonsense", "NaN"]
    for number, total in enumerate(totals):
        await customers.count_order(ME, order(number, total), f"c{number}", later(number))
    assert Decimal((await facts(customers))["order_total"]["USD"]) == Decimal("100000000001000.29")


async def test_state_of_a_recent_order_is_updated(customers: Customers) -> None:
    await customers.count_order(ME, order(1), "c1", later(1))
    await customers.count_order(ME, order(2), "c2", later(2))
    assert await customers.update_order_state(ME, "A-1", "shipped")
    assert not await customers.update_order_state(ME, "A-9", "shipped")
    assert [one["state"] for one in (await facts(customers))["recent_orders"]] == ["placed", "shipped"]
