"""Search and pages of customers."""

from datetime import datetime
from itertools import chain

import pytest

from shared.domain.conversation import CustomerChange
from shared.messages.inbound import Sender
from shared.repositories.customer_search import index_of, search_query
from shared.repositories.customers import COLLECTION, Customers
from shared.storage.mongo import Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW, PHONE, inbound, later
from tests.repositories.customer_builders import ME


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("ada", ""),
        ("ADA LOV", ""),
        ("lovelace", ""),
        ("áda", ""),
        (PHONE, ""),
        (PHONE[1:], ""),
        ("0803 123 4567", "NG"),
        ("#vip", ""),
        ("@ada.l", ""),
    ],
)
async def test_texts_that_find_a_customer(customers: Customers, text: str, region: str) -> None:
    sender = Sender(identity=PHONE, address="x", phone=PHONE, username="ada.l")
    await customers.record_contact(ME, inbound(2, sender=sender), later(2))
    await customers.apply(ME, CustomerChange(name="Ada Lovelace", add_tags=("vip",)), "c1", later(4))
    await customers.record_contact(
        "other", inbound(3, sender=Sender(identity="bsuid:x", address="x", name="Bo")), later(5)
    )
    assert [one["id"] for one in await customers.find(text, region=region)] == [ME]


@pytest.mark.parametrize("text", ["", "ace", ".*", "0803 123 4567", "#VIP", "+2348031234568"])
async def test_texts_that_find_no_customer(customers: Customers, text: str) -> None:
    await customers.apply(ME, CustomerChange(name="Ada Lovelace", add_tags=("vip",)), "c1", later(4))
    assert await customers.find(text) == []


@pytest.mark.parametrize(
    ("stored", "asked"),
    [("+5511987654321", "+551187654321"), ("+5215512345678", "+525512345678"), ("+541123456789", "+5491123456789")],
)
async def test_spellings_of_a_number_find_the_same_customer(mongo: Mongo, stored: str, asked: str) -> None:
    customers = Customers(mongo, "acme")
    await customers.record_contact("u1", inbound(2, sender=Sender(identity=stored, address="x", phone=stored)), NOW)
    await customers.record_contact("u2", inbound(2, sender=Sender(identity=PHONE, address="x", phone=PHONE)), NOW)
    assert [one["id"] for one in await customers.find(asked)] == ["u1"]
    assert [one["id"] for one in await customers.find(stored)] == ["u1"]


async def test_pages_return_each_customer_once(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    for number in range(25):
        await customers.record_contact(f"u{number:02}", inbound(number), later(number))
    pages, after = [], ""
    while True:
        page, after = await customers.page(None, NOW, after=after, limit=10)
        pages.append([one["id"] for one in page])
        if not after:
            break
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(chain.from_iterable(pages)) == [f"u{number:02}" for number in range(25)]
    assert [one["id"] async for one in customers.stream(None, NOW)] == list(chain.from_iterable(pages))
    assert await customers.count(None, NOW) == 25
    assert [one["id"] for one in await customers.recent(2)] == ["u24", "u23"]


async def test_customer_stored_by_an_earlier_version_is_read_and_found(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    old: dict[str, datetime | str] = {
        "_id": "u1",
        "workspace": "acme",
        "identity": PHONE,
        "phone": PHONE,
        "name": "Ada",
    }
    await mongo.collection("customers").insert(old)
    (found,) = await customers.find(PHONE)
    assert (found["identities"], found["tags"], found["order_total"]) == ([PHONE], [], {})
    assert await customers.ids_by_identity([PHONE]) == {PHONE: "u1"}


async def test_sign_without_a_user_name_reads_nothing(mongo: Mongo) -> None:
    """It is what a person has typed before the name."""
    nameless = [{"_id": f"u{number}", "workspace": "acme", "username": ""} for number in range(300)]
    await mongo.collection(COLLECTION).insert_all(nameless)
    async with profiled(mongo, COLLECTION) as profile:
        assert await Customers(mongo, "acme").find("@") == []
    assert profile.total("keysExamined") <= 1
    assert profile.total("docsExamined") == 0


@pytest.mark.parametrize("text", ["#vip", "@ada.l", "bsuid:NG.ada", PHONE, "lovelace"])
async def test_search_reads_no_more_than_it_finds(mongo: Mongo, text: str) -> None:
    """However many customers there are."""
    others = [
        {
            "_id": f"u{number}",
            "workspace": "acme",
            "identities": [f"+23480{number:08}"],
            "name_keys": ["bo"],
            "tags": [],
        }
        for number in range(300)
    ]
    ada = {"phone": PHONE, "identities": [PHONE, "bsuid:NG.ada"], "username": "ada.l", "name_keys": ["lovelace"]}
    await mongo.collection(COLLECTION).insert_all([*others, {"_id": ME, "workspace": "acme", "tags": ["vip"], **ada}])
    command = {"find": COLLECTION, "filter": {**search_query(text), "workspace": "acme"}, "limit": 20}
    hint = {"hint": index_of(text)} if index_of(text) else {}
    plan = await mongo._database.command("explain", {**command, **hint}, verbosity="executionStats")
    assert plan["executionStats"]["nReturned"] == 1
    assert plan["executionStats"]["totalKeysExamined"] <= 4
    assert plan["executionStats"]["totalDocsExamined"] <= 2
