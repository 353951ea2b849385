"""`shared.storage.batched_collection`: few commands for many calls, each with its own result."""

import asyncio
from collections.abc import Awaitable, Iterator

import pytest
from bson.errors import InvalidDocument
from pymongo import MongoClient
from pymongo.errors import BulkWriteError, PyMongoError

from shared.errors import DependencyAway, Unstorable
from shared.storage.mongo import ArrayFilter, Duplicate, Mongo
from shared.storage.mongo_errors import of_bulk, translate
from shared.storage.scoped import Scoped
from tests.conftest import Infra


class Commands:
    """Return the number of commands of a kind that the server has received since."""

    def __init__(self, client: "MongoClient[dict[str, object]]") -> None:
        self._client = client
        self._before = self._all()

    def _all(self) -> dict[str, int]:
        commands = self._client.admin.command("serverStatus")["metrics"]["commands"]
        return {name: int(commands[name]["total"]) for name in ("insert", "update", "find")}

    def since(self, name: str) -> int:
        return self._all()[name] - self._before[name]


@pytest.fixture
def commands(infra: Infra, mongo: Mongo) -> Iterator[Commands]:
    with MongoClient[dict[str, object]](infra.mongodb) as client:
        yield Commands(client)


@pytest.fixture
def orders(mongo: Mongo) -> Scoped:
    return Scoped(mongo.collection("orders"), "acme")


async def test_concurrent_inserts_are_few_commands(mongo: Mongo, orders: Scoped, commands: Commands) -> None:
    await orders.insert({"_id": "o3"})
    documents = [{"_id": f"o{number}", "number": f"n{number}"} for number in range(50)]
    # Each has a collection of its own in its hands, as each message has; they meet all the same.
    each = [Scoped(mongo.collection("orders"), "acme") for _ in documents]
    told = await asyncio.gather(
        *(mine.insert(document) for mine, document in zip(each, documents, strict=True)), return_exceptions=True
    )
    assert [number for number, answer in enumerate(told) if answer is not None] == [3]
    assert isinstance(told[3], Duplicate)
    assert await orders.count({}) == 50
    assert commands.since("insert") <= 3 + 2


async def test_write_returns_whether_it_inserted(orders: Scoped, commands: Commands) -> None:
    await orders.insert({"_id": "o2", "seen": 1})
    change = {"$inc": {"seen": 1}}
    made = await asyncio.gather(*(orders.write({"_id": f"o{number}"}, change, upsert=True) for number in range(20)))
    assert made == [True, True, False, *17 * [True]]
    assert not any(await asyncio.gather(*(orders.write({"_id": name}, change) for name in ("o2", "o99"))))
    assert await orders.find_one({"_id": "o2"}, {"seen": 1}) == {"_id": "o2", "seen": 3}
    assert await orders.find_one({"_id": "o99"}) is None
    assert commands.since("update") <= 3 + 2


async def test_concurrent_changes_of_one_document_are_all_made(orders: Scoped) -> None:
    await orders.insert({"_id": "o1", "seen": []})
    pipeline = [{"$set": {"seen": {"$concatArrays": ["$seen", ["again"]]}}}]
    await asyncio.gather(*(orders.write({"_id": "o1"}, list(pipeline)) for _ in range(20)))
    found = await orders.find_one({"_id": "o1"})
    assert found is not None
    assert len(found["seen"]) == 20


async def test_failed_write_does_not_fail_the_rest_of_its_batch(orders: Scoped) -> None:
    totals: list[object] = [1, object(), 3]
    inserted = await asyncio.gather(
        *(orders.insert({"_id": f"o{number}", "total": total}) for number, total in enumerate(totals, start=1)),
        return_exceptions=True,
    )
    assert isinstance(inserted[1], InvalidDocument)
    changes = [{"$set": {"seen": 1}}, {"$wrong": {"seen": 1}}, {"$set": {"seen": 3}}]
    written = await asyncio.gather(
        *(orders.write({"_id": f"o{number}"}, change) for number, change in enumerate(changes, start=1)),
        return_exceptions=True,
    )
    assert isinstance(written[1], PyMongoError)
    assert not isinstance(written[1], DependencyAway)
    assert {item["_id"]: item.get("seen") for item in await orders.find({})} == {"o1": 1, "o3": 3}


def _deep(levels: int) -> dict[str, object]:
    whole: dict[str, object] = {}
    inner = whole
    for _ in range(levels):
        inner["a"] = inner = {}
    return whole


NEVER_STORED: list[tuple[str, object]] = [
    ("more than 64 bits", 10**30),
    ("half of a character", "\ud800"),
    ("a NUL in a name", {"a\x00b": 1}),
    ("too many levels", _deep(3000)),
    ("more levels than the server takes", _deep(250)),
    ("more bytes than a document has", "x" * 17_000_000),
]


@pytest.mark.parametrize("value", [it[1] for it in NEVER_STORED], ids=[it[0] for it in NEVER_STORED])
async def test_unstorable_document_is_refused_without_failing_the_rest_of_its_batch(
    orders: Scoped, value: object
) -> None:
    values = ["fine", value, "fine"]
    documents = [{"_id": f"o{number}", "value": one} for number, one in enumerate(values)]
    told = await asyncio.gather(*(orders.insert(document) for document in documents), return_exceptions=True)
    assert [type(one) for one in told] == [type(None), Unstorable, type(None)]
    assert len(str(told[1])) < 200
    assert await orders.count({}) == 2
    with pytest.raises(Unstorable):
        await orders.update({"_id": "o0"}, {"$set": {"value": value}})
    with pytest.raises(Unstorable):
        await orders.write({"_id": "o0"}, {"$set": {"value": value}})


async def test_document_that_grows_too_large_raises_unstorable(orders: Scoped) -> None:
    """An outage would be waited for, for ever."""
    await orders.insert({"_id": "o1", "large": "x" * 9_000_000})
    doubled = [{"$set": {"more": {"$concat": ["$large", "$large"]}}}]
    with pytest.raises(Unstorable):
        await orders.update({"_id": "o1"}, list(doubled))
    with pytest.raises(Unstorable):
        await orders.write({"_id": "o1"}, list(doubled))
    with pytest.raises(Unstorable):
        await orders.update({"_id": "o1"}, {"$set": {"more": "x" * 9_000_000}})


async def test_concurrent_look_ups_are_few_commands(orders: Scoped, commands: Commands) -> None:
    for number in range(6):
        await orders.insert({"_id": f"o{number}", "number": number % 3, "buyer": f"c{number}", "total": number})
    found = await asyncio.gather(
        *(orders.look_up({"_id": f"o{number}"}, ["total"]) for number in range(8)),
        *(orders.look_up({"number": number, "buyer": f"c{number}"}, ["total"]) for number in (2, 4)),
    )
    assert [item and item["total"] for item in found] == [0, 1, 2, 3, 4, 5, None, None, 2, None]
    assert found[0] == {"_id": "o0", "workspace": "acme", "total": 0}
    assert commands.since("find") <= 4 + 2


async def test_each_look_up_gets_its_array_entries(orders: Scoped, commands: Commands) -> None:
    for number in range(3):
        events = [{"cause": f"e{count}", "count": count} for count in range(number, number + 2)]
        await orders.insert({"_id": f"o{number}", "total": number, "events": events})
    await orders.insert({"_id": "o9", "total": 9})
    asked = [("o0", "e0"), ("o0", "e1"), ("o1", "e1"), ("o2", "e1"), ("o1", "$cause"), ("o9", "e1"), ("o8", "e1")]
    found = await asyncio.gather(
        *(orders.look_up({"_id": name}, ("total",), ArrayFilter("events", "cause", cause)) for name, cause in 3 * asked)
    )
    counts = [item and [event["count"] for event in item["events"]] for item in found]
    assert counts == 3 * [[0], [1], [1], [], [], [], None]
    assert commands.since("find") <= 2 + 2


async def test_document_without_the_array_does_not_fail_the_batch(orders: Scoped) -> None:
    await orders.insert({"_id": "o1", "events": "torn"})
    await orders.insert({"_id": "o2", "events": [{"cause": "e1"}]})
    found = await asyncio.gather(
        *(orders.look_up({"_id": name}, (), ArrayFilter("events", "cause", "e1")) for name in ("o1", "o2"))
    )
    assert [item and item["events"] for item in found] == [[], [{"cause": "e1"}]]


async def test_more_look_ups_than_a_batch_are_all_answered(orders: Scoped) -> None:
    names = [f"o{number:03}" for number in range(250)]
    await asyncio.gather(*(orders.insert({"_id": name, "name": name}) for name in names))
    found = await asyncio.gather(*(orders.look_up({"_id": name}, ["name"]) for name in names))
    assert [item and item["name"] for item in found] == names


async def test_look_up_without_fields_returns_the_whole_document(orders: Scoped) -> None:
    await orders.insert({"_id": "o1", "total": 1, "buyer": "c1"})
    assert await orders.look_up({"_id": "o1"}, None) == {"_id": "o1", "workspace": "acme", "total": 1, "buyer": "c1"}


async def test_write_if_never_reports_a_false_match(orders: Scoped, commands: Commands) -> None:
    for number in range(8):
        await orders.insert({"_id": f"o{number}", "version": 1})

    def advance(number: int, version: int) -> Awaitable[bool]:
        return orders.write_if({"_id": f"o{number}", "version": version}, {"$inc": {"version": 1}})

    assert await asyncio.gather(*(advance(number, 1) for number in range(8))) == 8 * [True]
    assert commands.since("update") <= 2 + 2
    told = await asyncio.gather(*(advance(number, 1 if number == 5 else 2) for number in range(8)))
    assert not told[5]  # the others may be told so too: a server says only how many matched
    versions = {item["_id"]: item["version"] for item in await orders.find({})}
    assert versions == {f"o{number}": 2 if number == 5 else 3 for number in range(8)}


async def test_batches_of_several_workspaces_keep_them_apart(mongo: Mongo, commands: Commands) -> None:
    acme, rival = (Scoped(mongo.collection("orders"), name) for name in ("acme", "rival"))
    await acme.insert({"_id": "o1", "number": "n1", "total": 1})
    await rival.insert({"_id": "o2", "number": "n2", "total": 2})
    asked = [(acme, "o1"), (acme, "o2"), (rival, "o1"), (rival, "o2")]
    found = await asyncio.gather(*(mine.look_up({"_id": name}, ["total"]) for mine, name in 5 * asked))
    assert [item and item["total"] for item in found] == 5 * [1, None, None, 2]
    assert commands.since("find") <= 2 + 2  # the server itself looks something up at times
    await asyncio.gather(*(mine.write({"_id": name}, {"$set": {"mine": mine.workspace}}) for mine, name in asked))
    assert [item["mine"] for item in (*await acme.find({}), *await rival.find({}))] == ["acme", "rival"]


def test_result_of_each_operation_of_a_bulk_write() -> None:
    error = BulkWriteError(
        {
            "writeErrors": [
                {"index": 1, "code": 11000, "errmsg": "dup"},
                {"index": 2, "code": 9, "errmsg": "FailedToParse", "op": {"text": "what Ada wrote"}},
                {"index": 3, "code": 91, "errmsg": "ShutdownInProgress"},
            ],
            "upserted": [{"index": 4, "_id": "o4"}],
        }
    )
    kept, duplicate, wrong, away, made = of_bulk(error, 5)
    assert (kept, made) == (False, True)
    assert isinstance(duplicate, Duplicate)
    assert isinstance(wrong, PyMongoError)
    assert "Ada" not in f"{wrong} {wrong!r}"
    assert isinstance(away, DependencyAway)


def test_unconfirmed_majority_write_fails() -> None:
    error = BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "waiting timed out"}]})
    assert all(isinstance(answer, DependencyAway) for answer in of_bulk(error, 2))
    assert isinstance(translate(error), DependencyAway)
