"""Customers' changes: each is applied once, and a late one does not undo a newer one."""

import asyncio

import pytest

from shared.domain import ids
from shared.domain.conversation import CustomerChange, CustomerRegistered
from shared.messages.inbound import Context, InboundMessage, Referral, Sender
from shared.repositories import customer_changes
from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, PHONE, inbound, later
from tests.repositories.customer_builders import ME, facts, order


def from_ad(number: int, ad: str) -> InboundMessage:
    message = inbound(number)
    return type(message)(
        **{name: getattr(message, name) for name in message.__struct_fields__ if name != "context"},
        context=Context(referral=Referral(source_type="ad", source_id=ad)),
    )


async def test_customer_is_new_once(customers: Customers) -> None:
    assert not await customers.record_contact(ME, inbound(2), later(2))
    assert not await customers.record_contact(ME, inbound(1), later(1))


async def test_one_of_many_concurrent_contacts_reports_a_new_customer(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    told = await asyncio.gather(
        *(customers.record_contact("u9", inbound(number), later(number)) for number in range(1, 17))
    )
    assert sum(told) == 1
    assert (await facts(customers, "u9"))["last_contacted_at"] == later(16)


async def test_identities_of_a_message_are_kept(customers: Customers) -> None:
    sender = Sender(identity=PHONE, address="x", phone=PHONE, bsuid="NG.1", username="ada.l")
    await customers.record_contact(ME, inbound(2, sender=sender), later(2))
    found = await facts(customers)
    assert found["identities"] == [PHONE, "bsuid:NG.1"]
    assert (found["bsuid"], found["username"], found["created_by"]) == ("NG.1", "ada.l", "message")


async def test_customer_with_only_a_user_id_can_be_changed_and_found(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    sender = Sender(identity="bsuid:NG.7", address="NG.7", bsuid="NG.7", name="Bo")
    assert await customers.record_contact("u7", inbound(2, sender=sender), later(2))
    assert await customers.apply("u7", CustomerChange(add_tags=("vip",)), "c1", later(3))
    for text in ("bsuid:NG.7", "bo", "#vip"):
        (found,) = await customers.find(text)
        assert (found["id"], found["phone"], found["bsuid"]) == ("u7", "", "NG.7")


async def test_first_ad_is_the_lead_source_and_later_ads_are_referrals(customers: Customers) -> None:
    for number in range(2, 16):
        await customers.record_contact(ME, from_ad(number, f"ad{number}"), later(number))
        await customers.record_contact(ME, from_ad(number, f"ad{number}"), later(number))
    found = await facts(customers)
    assert found["lead_source"]["source_id"] == "77"
    assert [one["source_id"] for one in found["referrals"]] == [f"ad{number}" for number in range(6, 16)]


async def test_ad_of_a_later_contact_is_not_the_lead_source(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    await customers.record_contact("u5", inbound(2), later(2))
    await customers.record_contact("u5", from_ad(3, "ad3"), later(3))
    found = await facts(customers, "u5")
    assert found["lead_source"] == {}
    assert len(found["referrals"]) == 1


async def test_first_ad_of_an_imported_customer_is_a_referral(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    row = customer_changes.import_row(
        CustomerChange(name="Bo"),
        later(1),
        digest="d",
        identities=[PHONE],
        phone=PHONE,
        bsuid="",
        lead_source={"source_type": "fair"},
    )
    await customers.import_rows([("u6", row)])
    await customers.record_contact("u6", from_ad(2, "ad2"), later(2))
    await customers.record_contact("u6", from_ad(2, "ad2"), later(2))
    found = await facts(customers, "u6")
    assert found["lead_source"] == {"source_type": "fair"}
    assert [one["source_id"] for one in found["referrals"]] == ["ad2"]


async def test_change_sets_all_its_values(customers: Customers) -> None:
    change = CustomerChange(
        add_tags=("vip", " new  lead "),
        fields={"city": "Lagos", "age": 7},
        name="Ada $name",
        opted_out=True,
        qualified=True,
    )
    assert await customers.apply(ME, change, "c1", later(5))
    change = CustomerChange(remove_tags=("vip", "none"), fields={"age": None})
    assert await customers.apply(ME, change, "c2", later(6))
    found = await facts(customers)
    assert found["tags"] == ["new lead"]
    assert found["fields"] == {"city": "Lagos"}
    assert (found["name"], found["qualified"]) == ("Ada $name", True)
    assert (found["opted_out"], found["opted_out_at"]) == (True, later(5))


STOP, START = CustomerChange(opted_out=True), CustomerChange(opted_out=False)
NO_MARKETING, MARKETING = CustomerChange(marketing=False), CustomerChange(marketing=True)


@pytest.mark.parametrize(
    ("changes", "of"),
    [
        ([NO_MARKETING], "marketing"),
        ([NO_MARKETING, MARKETING], ""),
        ([NO_MARKETING, STOP], "all"),
        ([NO_MARKETING, STOP, MARKETING], "all"),
        ([STOP, NO_MARKETING], "all"),
        ([STOP, NO_MARKETING, MARKETING], "all"),
        ([NO_MARKETING, START], ""),
        ([STOP, START], ""),
        ([MARKETING], ""),
    ],
)
async def test_stopping_marketing_is_less_than_opting_out(
    customers: Customers, changes: list[CustomerChange], of: str
) -> None:
    for number, change in enumerate(changes):
        assert await customers.apply(ME, change, f"c{number}", later(number))
    found = await facts(customers)
    assert (found["opted_out"], found["opted_out_of"]) == (bool(of), of)


async def test_late_older_consent_does_not_undo_a_newer_one(customers: Customers) -> None:
    await customers.apply(ME, MARKETING, "resume", later(9))
    await customers.apply(ME, NO_MARKETING, "stop", later(5))
    assert not (await facts(customers))["opted_out"]


async def test_merged_customer_is_opted_out_of_all_if_one_record_was(customers: Customers, mongo: Mongo) -> None:
    await customers.apply(ME, STOP, "c1", later(1))
    other = ids.customer_id("acme", "+2348030000777")
    await customers.register(
        other, CustomerRegistered(identity="+2348030000777", phone="+2348030000777"), "talk-7", later(2)
    )
    await customers.apply(other, NO_MARKETING, "c2", later(3))
    await customers.merge(ME, other, "+2348030000777")
    assert (await facts(customers, other))["opted_out_of"] == "all"


async def test_customer_reported_by_the_provider_is_created_once_and_existing_facts_are_kept(
    customers: Customers,
) -> None:
    for second in (5, 6):
        await customers.register(
            "u9", CustomerRegistered(identity="+2348030000999", phone="+2348030000999"), "talk-9", later(second)
        )
    found = await facts(customers, "u9")
    assert (found["phone"], found["first_seen_at"], found["last_contacted_at"]) == ("+2348030000999", later(5), None)
    assert (found["conversations"], found["created_by"]) == (["talk-9"], "provider")
    name = (await facts(customers))["name"]
    await customers.register(
        ME, CustomerRegistered(identity="+2348030000001", phone="+2348030000001"), "talk-1", later(9)
    )
    assert (await facts(customers))["name"] == name


async def test_change_of_a_missing_customer_creates_none(customers: Customers) -> None:
    assert not await customers.apply("u0", CustomerChange(opted_out=True), "c1", NOW)
    assert not await customers.count_order("u0", order(1), "c1", NOW)
    assert not await customers.update_order_state("u0", "A-1", "shipped")
    assert await customers.get("u0") is None


async def test_change_is_applied_once_per_cause(customers: Customers) -> None:
    assert await customers.apply(ME, CustomerChange(opted_out=True), "stop", later(5))
    assert await customers.apply(ME, CustomerChange(opted_out=False), "start", later(5))  # the same instant
    assert not await customers.apply(ME, CustomerChange(opted_out=True), "stop", later(5))
    assert not (await facts(customers))["opted_out"]


async def test_change_redelivered_after_many_others_undoes_nothing(customers: Customers) -> None:
    """Its cause is not among the fifty that are kept any more; when it was decided is."""
    old = CustomerChange(opted_out=True, add_tags=("vip",), remove_tags=("ok",), name="Old", fields={"city": "Lagos"})
    await customers.apply(ME, old, "old", later(1))
    new = CustomerChange(opted_out=False, remove_tags=("vip",), add_tags=("ok",), name="New", fields={"city": None})
    await customers.apply(ME, new, "new", later(2))
    for number in range(60):
        await customers.apply(ME, CustomerChange(fields={"n": number}), f"c{number}", later(3 + number))
    before = await facts(customers)
    await customers.apply(ME, old, "old", later(1))
    assert await facts(customers) == before
    assert (before["name"], before["tags"], before["fields"], before["opted_out"]) == ("New", ["ok"], {"n": 59}, False)


async def test_changes_in_any_order_give_the_same_result(customers: Customers, mongo: Mongo) -> None:
    changes = [
        (
            CustomerChange(
                opted_out=number % 2 == 0,
                add_tags=("a",) if number % 3 else (),
                remove_tags=("a",) if number % 3 == 0 else (),
                fields={"n": number},
            ),
            f"c{number}",
            later(number),
        )
        for number in range(12)
    ]
    await asyncio.gather(*(customers.apply(ME, *change) for change in reversed(changes)))
    found = await facts(customers)
    assert (found["opted_out"], found["tags"], found["fields"]) == (False, ["a"], {"n": 11})


async def test_stored_causes_and_marks_are_bounded(customers: Customers, mongo: Mongo) -> None:
    for number in range(70):
        tag = (f"t{number}",)
        await customers.apply(
            ME, CustomerChange(add_tags=tag, fields={f"f{number}": 1, f"g{number}": 1}), f"c{number}", later(number)
        )
    document = await mongo.collection("customers").find_one({"_id": ME})
    assert document is not None
    assert (len(document["causes"]), len(document["marks"])) == (50, 200)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.b", "a path of MongoDB"),
        ("$set", "an operator of MongoDB"),
        ("big", 2**80),
        ("long", "x" * 100_000),
        ("nested", {"a.b": [1, {"$c": None}]}),
        ("nul", "a\x00b"),
        ("dollar", "$tags"),
    ],
)
async def test_custom_field_accepts_any_name_and_value(customers: Customers, name: str, value: object) -> None:
    await customers.apply(ME, CustomerChange(fields={name: value}), "c1", later(5))
    assert len((await facts(customers))["fields"]) == 1


async def test_explicit_name_outranks_the_profile_name(customers: Customers) -> None:
    await customers.apply(ME, CustomerChange(name="Ada Lovelace"), "c1", later(5))
    await customers.record_contact(ME, inbound(2), later(6))
    assert (await facts(customers))["name"] == "Ada Lovelace"


async def test_undeliverable_mark_lasts_until_the_customer_writes(customers: Customers) -> None:
    assert (await facts(customers))["undeliverable_at"] is None
    assert not await customers.mark_undeliverable("u9", later(5))
    for second in (9, 5):
        assert await customers.mark_undeliverable(ME, later(second))
        assert (await facts(customers))["undeliverable_at"] == later(9), "the later time is kept"
    await customers.record_contact(ME, inbound(2), later(12))
    assert (await facts(customers))["undeliverable_at"] is None
    await customers.mark_undeliverable(ME, later(11))
    assert (await facts(customers))["undeliverable_at"] is None, "it was before the message"


async def test_customer_reported_with_number_and_user_id_has_both(customers: Customers) -> None:
    both = CustomerRegistered(identity="+2348030000999", phone="+2348030000999", bsuid="NG.9")
    await customers.register("u9", both, "talk-9", later(5))
    found = await facts(customers, "u9")
    assert (found["phone"], found["bsuid"]) == ("+2348030000999", "NG.9")
    assert found["identities"] == ["+2348030000999", "bsuid:NG.9"]


async def test_undeliverable_mark_ends_with_a_new_number_and_survives_a_merge(customers: Customers) -> None:
    await customers.mark_undeliverable(ME, later(5))
    other = ids.customer_id("acme", "+2348030000777")
    await customers.register(
        other, CustomerRegistered(identity="+2348030000777", phone="+2348030000777"), "talk-7", later(2)
    )
    await customers.merge(ME, other, "+2348030000777")
    assert (await facts(customers, other))["undeliverable_at"] == later(5)
    await customers.change_address(other, "+2348030000778", None)
    assert (await facts(customers, other))["undeliverable_at"] is None
