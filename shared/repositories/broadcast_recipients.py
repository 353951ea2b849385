"""Who a broadcast is for, and how far each is. Made from an audience; from then on written by delivery alone.

`look_at` is when a recipient's message is to be looked up next; without one nothing more is expected. `result_at` is
when the message was last found sent or failed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.domain.broadcast import Recipient, RecipientState
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "broadcast_recipients"
INDEXES = [
    IndexModel([("workspace", 1), ("broadcast", 1), ("reached", 1), ("_id", 1)], name="reached"),
    IndexModel(
        [("workspace", 1), ("broadcast", 1), ("look_at", 1)],
        name="due",
        partialFilterExpression={"look_at": {"$type": "date"}},
    ),
    IndexModel(
        [("workspace", 1), ("broadcast", 1), ("result_at", -1)],
        name="results",
        partialFilterExpression={"result_at": {"$type": "date"}},
    ),
    IndexModel([("workspace", 1), ("customer_id", 1)], name="customer"),
]
_BATCH = 5000  # documents in one operation, so that none takes longer than it may
IN_DOUBT = "in_doubt"
"""The reason of a failure that may be none: the provider never said. It is not retried."""


class RecipientUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a recipient. was: where it stood; it stays there if it stands elsewhere by now.

    queued, result: that it has just been queued, or that a result came. code: of the provider's error. not_before: of a
    failure that is not to be tried once more until then.
    """

    id: str
    was: RecipientState
    reached: RecipientState
    reason: str = ""
    code: str = ""
    conversation_id: str = ""
    message_id: str = ""
    queued: bool = False
    result: bool = False
    look_at: datetime | None = None
    not_before: datetime | None = None


class DeferredRetries(msgspec.Struct, frozen=True, kw_only=True):
    """Failed recipients whom the provider wants to be left alone for a while: how many, and when the first and the last
    of them may be tried once more.
    """

    count: int
    first: datetime | None = None
    last: datetime | None = None


class BroadcastRecipients:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, broadcast: str, recipients: Iterable[Recipient]) -> int:
        """Make those that are not there yet; how many are new."""
        rows: list[tuple[Document, list[Document]]] = []
        for one in recipients:
            document = to_document(one)
            new = {"broadcast": broadcast, **document} | {"look_at": None, "result_at": None}
            made = {name: {"$ifNull": [f"${name}", {"$literal": new[name]}]} for name in new if name != "id"}
            rows.append(({"_id": one.id}, [{"$set": made}]))
        if not rows:
            return 0
        try:
            return (await self._collection.upsert_each(rows))[0]
        except Duplicate:  # another replica made some of them at the same moment
            return (await self._collection.upsert_each(rows))[0]

    async def reached(self, broadcast: str, recipient_ids: Sequence[str]) -> dict[str, RecipientState]:
        """How far some of the recipients are, by id; those that are not there are left out."""
        query: Document = {"broadcast": broadcast, "_id": {"$in": list(recipient_ids)}}
        found = await self._collection.find(query, fields={"reached": 1}, limit=max(1, len(recipient_ids)))
        return {item["_id"]: RecipientState(item["reached"]) for item in found}

    async def pending(self, broadcast: str, limit: int) -> list[Recipient]:
        """The next ones to write to."""
        query: Document = {"broadcast": broadcast, "reached": RecipientState.PENDING.value}
        return _recipients(await self._collection.find(query, sort=[("_id", 1)], limit=limit))

    async def page(self, broadcast: str, *, after: str, limit: int) -> list[Recipient]:
        """All of them, in pages: those behind the id of the last one seen."""
        query: Document = {"broadcast": broadcast, "_id": {"$gt": after}}
        return _recipients(await self._collection.find(query, sort=[("_id", 1)], limit=limit))

    async def due(self, broadcast: str, now: datetime, limit: int) -> list[Recipient]:
        """Those whose messages are to be looked up now, who has waited longest first."""
        query: Document = {"broadcast": broadcast, "look_at": {"$lte": now}}
        return _recipients(await self._collection.find(query, sort=[("look_at", 1)], limit=limit))

    async def next_due(self, broadcast: str) -> datetime | None:
        """When the next message is to be looked up; None: none is."""
        query: Document = {"broadcast": broadcast, "look_at": {"$type": "date"}}
        found = await self._collection.find(query, fields={"look_at": 1}, sort=[("look_at", 1)], limit=1)
        return found[0]["look_at"] if found else None

    async def put(self, steps: Sequence[RecipientUpdate], at: datetime) -> None:
        """Record what became of them; whoever has been erased meanwhile is not made anew."""
        if steps:
            await self._collection.change_each(
                [({"_id": step.id, "reached": step.was.value}, _change(step, at)) for step in steps]
            )

    async def counts(self, broadcast: str) -> dict[RecipientState, int]:
        """How many stand where."""
        return {
            one: await self._collection.count({"broadcast": broadcast, "reached": one.value}) for one in RecipientState
        }

    async def waiting(self, broadcast: str) -> int:
        """How many messages are on their way, and nobody knows yet what became of them."""
        return await self._collection.count({"broadcast": broadcast, "reached": RecipientState.QUEUED.value})

    async def reasons(self, broadcast: str, reached: RecipientState, limit: int = 10_000) -> dict[str, int]:
        """Why so many were skipped, or failed, the most frequent first; of the first `limit` of them."""
        query: Document = {"broadcast": broadcast, "reached": reached.value}
        found = await self._collection.find(query, fields={"reason": 1}, limit=limit)
        counted: dict[str, int] = {}
        for item in found:
            counted[item.get("reason", "")] = counted.get(item.get("reason", ""), 0) + 1
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    async def results(self, broadcast: str, since: datetime, limit: int) -> list[bool]:
        """The last results since a time, the newest first: whether each was good."""
        query: Document = {"broadcast": broadcast, "result_at": {"$gte": since}}
        found = await self._collection.find(query, fields={"reached": 1}, sort=[("result_at", -1)], limit=limit)
        return [item["reached"] != RecipientState.FAILED.value for item in found]

    async def retry(self, broadcast: str, now: datetime) -> int:
        """Have those that failed tried once more; how many. Not those of whom nobody knows whether they got it, and not
        those who are held off.
        """
        change: Document = {
            **{"reached": RecipientState.PENDING.value, "retried": True, "reason": ""},
            **{"look_at": None, "result_at": None, "not_before": None},
        }
        return await self._each(_retryable(broadcast, now), change)

    async def retryable(self, broadcast: str, now: datetime) -> int:
        """How many `retry` would have tried once more."""
        return await self._collection.count(_retryable(broadcast, now))

    async def held_off(self, broadcast: str, now: datetime) -> DeferredRetries:
        """Those that failed and are not to be tried once more yet."""
        query: Document = {"broadcast": broadcast, "reached": RecipientState.FAILED.value, "not_before": {"$gt": now}}
        count = await self._collection.count(query)
        if not count:
            return DeferredRetries(count=0)
        first, last = [
            await self._collection.find(query, fields={"not_before": 1}, sort=[("not_before", order)], limit=1)
            for order in (1, -1)
        ]
        times = [item["not_before"] for item in (*first, *last)] or [None]
        return DeferredRetries(count=count, first=times[0], last=times[-1])

    async def cancel(self, broadcast: str) -> int:
        """Never write to those who are still pending; how many."""
        query: Document = {"broadcast": broadcast, "reached": RecipientState.PENDING.value}
        return await self._each(query, {"reached": RecipientState.CANCELLED.value})

    async def clear(self, broadcast: str) -> int:
        """Take all away; for a broadcast that was never made to the end."""
        return await self._collection.delete({"broadcast": broadcast})

    async def _each(self, query: Document, change: Document) -> int:
        changed = 0
        while found := await self._collection.find(query, fields={"_id": 1}, limit=_BATCH):
            some: Document = {**query, "_id": {"$in": [item["_id"] for item in found]}}
            changed += await self._collection.update_many(some, {"$set": change})
        return changed


def _retryable(broadcast: str, now: datetime) -> Document:
    return {
        "broadcast": broadcast,
        "reached": RecipientState.FAILED.value,
        "reason": {"$ne": IN_DOUBT},
        "not_before": {"$not": {"$gt": now}},  # also where it is missing
    }


def _change(step: RecipientUpdate, at: datetime) -> Document:
    values: Document = {
        "reached": step.reached.value,
        "reason": step.reason,
        "code": step.code,
        "look_at": step.look_at,
        "not_before": step.not_before,
        "updated_at": at,
    }
    if step.queued:
        values |= {"queued_at": at, "retried": False}
        values |= {"message_id": step.message_id, "conversation_id": step.conversation_id}
    if step.result:
        values["result_at"] = at
    return {"$set": values}


def _recipients(found: Sequence[Document]) -> list[Recipient]:
    return [from_document({**item, "id": item["_id"]}, Recipient) for item in found]
