"""Merges of customers' records and changes of numbers."""

import pytest

from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.messages.inbound import Sender
from shared.repositories.customers import Customers
from tests.repositories.builders import PHONE, inbound, later
from tests.repositories.customer_builders import ME, facts, order

NEW_NUMBER = "+2348055550199"
NEW_ME = ids.customer_id("acme", NEW_NUMBER)


@pytest.mark.parametrize("wrote_before", [False, True], ids=["new customer", "known customer"])
async def test_merge_keeps_the_facts_of_both_customers(customers: Customers, wrote_before: bool) -> None:
    if wrote_before:
        sender = Sender(identity=NEW_NUMBER, address="x", phone=NEW_NUMBER, name="Ada's new phone")
        await customers.record_contact(NEW_ME, inbound(3, sender=sender), later(3))
    given = CustomerChange(add_tags=("vip",), fields={"city": "Lagos"}, name="Ada L", opted_out=True)
    await customers.apply(ME, given, "c1", later(4))
    await customers.count_order(ME, order(1), "c2", later(4))
    for number in range(2):
        await customers.merge(ME, NEW_ME, NEW_NUMBER)
        found = await facts(customers, NEW_ME)
        assert (found["name"], found["tags"]) == ("Ada L", ["vip"])
        assert found["identities"] == sorted([PHONE, NEW_NUMBER])
        assert (found["opted_out"], found["opted_out_at"]) == (True, later(4))
        assert (found["order_count"], found["order_total"], len(found["recent_orders"])) == (1, {"USD": "10.10"}, 1)
        assert found["first_seen_at"] == later(1)
        assert await customers.get(ME) is None
        await customers.record_contact(ME, inbound(4), later(4 + number))  # its record comes again
    await customers.merge(ME, NEW_ME, NEW_NUMBER)
    assert not await customers.apply(ME, given, "c1", later(4)), "known under the new id"
    assert await customers.apply(ME, CustomerChange(add_tags=("late",)), "c3", later(6)), "by the old id"
    assert (await facts(customers, NEW_ME))["tags"] == ["late", "vip"]


@pytest.mark.parametrize("opted_out", [ME, NEW_ME], ids=["merged record", "remaining record"])
async def test_merged_customer_stays_opted_out_if_either_record_was(customers: Customers, opted_out: str) -> None:
    sender = Sender(identity=NEW_NUMBER, address="x", phone=NEW_NUMBER)
    await customers.record_contact(NEW_ME, inbound(3, sender=sender), later(3))
    await customers.apply(opted_out, CustomerChange(opted_out=True), "c1", later(4))
    other = NEW_ME if opted_out == ME else ME
    await customers.apply(other, CustomerChange(opted_out=False), "c2", later(5))
    await customers.merge(ME, NEW_ME, NEW_NUMBER)
    assert (await facts(customers, NEW_ME))["opted_out"] is True
    await customers.apply(NEW_ME, CustomerChange(opted_out=False), "c3", later(6))
    assert (await facts(customers, NEW_ME))["opted_out"] is False, "START is heard as ever"


async def test_change_made_during_a_merge_is_not_lost(customers: Customers) -> None:
    await customers.merge(ME, NEW_ME, NEW_NUMBER)
    await customers.record_contact(ME, inbound(4), later(4))  # a record that was under way makes it anew
    await customers.apply(ME, CustomerChange(opted_out=True), "c4", later(4))
    await customers.merge(ME, NEW_ME, NEW_NUMBER)
    assert (await facts(customers, NEW_ME))["opted_out"] is True


async def test_customer_with_a_changed_number_stays_the_same(customers: Customers) -> None:
    await customers.apply(ME, CustomerChange(add_tags=("vip",)), "c1", later(4))
    for _ in range(2):
        await customers.change_address(ME, NEW_NUMBER, "NG.2")
        found = await facts(customers)
        assert (found["phone"], found["bsuid"], found["tags"]) == (NEW_NUMBER, "NG.2", ["vip"])
        assert found["identities"] == sorted([PHONE, NEW_NUMBER, "bsuid:NG.2"])
