"""Recipients of broadcasts, and how far each is. Stored from an audience; from then on written by delivery alone.

`look_at` is when the result of a recipient's message is read next; without one no result is expected. `result_at` is
when the message was last found sent or failed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest

import msgspec
from pymongo import IndexModel

from shared.domain.broadcast import SECOND_HALF, Recipient, RecipientState, Variant
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "broadcast_recipients"
_DATE: Document = {"$type": "date"}  # MongoDB uses a partial index only for a query that names its type
INDEXES = [
    IndexModel([("workspace", 1), ("broadcast", 1), ("reached", 1), ("_id", 1)], name="reached"),
    IndexModel(
        [("workspace", 1), ("broadcast", 1), ("look_at", 1)],
        name="due",
        partialFilterExpression={"look_at": _DATE},
    ),
    IndexModel(
        [("workspace", 1), ("broadcast", 1), ("result_at", -1)],
        name="results",
        partialFilterExpression={"result_at": _DATE},
    ),
    IndexModel(
        [("workspace", 1), ("broadcast", 1), ("reached", 1), ("reason", 1), ("not_before", 1)],
        name="reasons",
        partialFilterExpression={"reached": {"$in": [RecipientState.FAILED.value, RecipientState.SKIPPED.value]}},
    ),
    IndexModel([("workspace", 1), ("customer_id", 1)], name="customer"),
]
_BATCH = 5000  # documents in one operation, so that none exceeds its time-out
IN_DOUBT = "in_doubt"
"""The reason of a failure that may be none, because the provider never answered. It is not retried."""


class RecipientUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a recipient's state. was: the state before; nothing changes if it is another one by now.

    queued, result: it has just been queued; a result has come. code: of the provider's error. not_before: a failed
    recipient is not retried before.
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
    """Failed recipients that may not be retried yet: their number, and when the first and the last of them may be."""

    count: int
    first: datetime | None = None
    last: datetime | None = None


class BroadcastRecipients:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, broadcast: str, recipients: Iterable[Recipient]) -> int:
        """Store the recipients that are not stored yet; return how many are new."""
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
        except Duplicate:  # another replica stored some of them at the same moment
            return (await self._collection.upsert_each(rows))[0]

    async def states(self, broadcast: str, recipient_ids: Sequence[str]) -> dict[str, RecipientState]:
        """Return the states of recipients by id; those that are not stored are left out."""
        query: Document = {"broadcast": broadcast, "_id": {"$in": list(recipient_ids)}}
        found = await self._collection.find(query, fields={"reached": 1}, limit=max(1, len(recipient_ids)))
        return {item["_id"]: RecipientState(item["reached"]) for item in found}

    async def pending(self, broadcast: str, limit: int, *, of_both: bool = False) -> list[Recipient]:
        """Return the next recipients to send to. of_both: as many of each variant, so that both are sent at the same
        time.
        """
        query: Document = {"broadcast": broadcast, "reached": RecipientState.PENDING.value}
        if not of_both:
            return _recipients(await self._collection.find(query, sort=[("_id", 1)], limit=limit))
        halves = [
            await self._collection.find({**query, "_id": _half(half)}, sort=[("_id", 1)], limit=limit)
            for half in Variant
        ]
        mixed = [one for pair in zip_longest(*halves) for one in pair if one is not None]
        return _recipients(mixed[:limit])

    async def page(
        self,
        broadcast: str,
        *,
        after: str,
        limit: int,
        reached: RecipientState | None = None,
        variant: Variant | None = None,
    ) -> list[Recipient]:
        """Return a page of all recipients, or of those in a state or of a variant: those after the id `after`."""
        query: Document = {
            "broadcast": broadcast,
            "reached": {"$in": [one.value for one in ([reached] if reached else RecipientState)]},
            "_id": {**(_half(variant) if variant else {}), "$gt": after},
        }
        # The server merges the states in the order of ids; without the hint it may read those of all broadcasts.
        found = await self._collection.find(query, sort=[("_id", 1)], limit=limit, hint="reached")
        return _recipients(found)

    async def of_customer(self, customer_id: str, limit: int) -> list[tuple[str, Recipient]]:
        """Return in which broadcasts a customer is, and how far the customer's message is, at most `limit`."""
        found = await self._collection.find({"customer_id": customer_id}, limit=limit)
        return [(item["broadcast"], one) for item, one in zip(found, _recipients(found), strict=True)]

    async def due(self, broadcast: str, now: datetime, limit: int) -> list[Recipient]:
        """Return the recipients whose results are due, the longest overdue first."""
        query: Document = {"broadcast": broadcast, "look_at": {"$lte": now, **_DATE}}
        return _recipients(await self._collection.find(query, sort=[("look_at", 1)], limit=limit))

    async def next_due(self, broadcast: str) -> datetime | None:
        """Return when the next result is due; None: none is expected."""
        query: Document = {"broadcast": broadcast, "look_at": _DATE}
        found = await self._collection.find(query, fields={"look_at": 1}, sort=[("look_at", 1)], limit=1)
        return found[0]["look_at"] if found else None

    async def update(self, updates: Sequence[RecipientUpdate], at: datetime) -> None:
        """Store changes; a recipient that was erased meanwhile is not stored anew."""
        if updates:
            await self._collection.change_each(
                [({"_id": update.id, "reached": update.was.value}, _change(update, at)) for update in updates]
            )

    async def counts(self, broadcast: str) -> dict[RecipientState, int]:
        """Return the number of recipients in each state."""
        found = await self._collection.count_each(_of_each_state(broadcast))
        return dict(zip(RecipientState, found, strict=True))

    async def counts_of_variants(self, broadcast: str) -> dict[Variant, dict[RecipientState, int]]:
        """Return the number of recipients of each variant in each state."""
        halves = [{**query, "_id": _half(half)} for half in Variant for query in _of_each_state(broadcast)]
        found = iter(await self._collection.count_each(halves))
        return {half: {one: next(found) for one in RecipientState} for half in Variant}

    async def in_flight(self, broadcast: str) -> int:
        """Return how many messages are queued and have no result yet."""
        return await self._collection.count({"broadcast": broadcast, "reached": RecipientState.QUEUED.value})

    async def reasons(self, broadcast: str, reached: RecipientState) -> dict[str, int]:
        """Return the number of failed or skipped recipients by reason, the most frequent first."""
        query: Document = {"broadcast": broadcast, "reached": reached.value}
        found = await self._collection.aggregate(query, [{"$group": {"_id": "$reason", "count": {"$sum": 1}}}])
        counted = {item["_id"] or "": item["count"] for item in found}
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    async def results(self, broadcast: str, since: datetime, limit: int) -> list[bool]:
        """Return the last results since a time, the newest first: the success of each."""
        query: Document = {"broadcast": broadcast, "result_at": {"$gte": since, **_DATE}}
        found = await self._collection.find(query, fields={"reached": 1}, sort=[("result_at", -1)], limit=limit)
        return [item["reached"] != RecipientState.FAILED.value for item in found]

    async def results_since(self, broadcast: str, since: datetime) -> int:
        """Return how many messages were found sent or failed since a time."""
        return await self._collection.count({"broadcast": broadcast, "result_at": {"$gte": since, **_DATE}})

    async def retry(self, broadcast: str, now: datetime) -> int:
        """Make failed recipients pending again and return how many, except those in doubt and those that may not be
        retried yet.
        """
        change: Document = {
            **{"reached": RecipientState.PENDING.value, "retried": True, "reason": ""},
            **{"look_at": None, "result_at": None, "not_before": None},
        }
        return await self._update_each(_retryable(broadcast, now), change)

    async def retryable(self, broadcast: str, now: datetime) -> int:
        """Return how many recipients `retry` would make pending."""
        return await self._collection.count(_retryable(broadcast, now))

    async def deferred_retries(self, broadcast: str, now: datetime) -> DeferredRetries:
        """Return the failed recipients that may not be retried yet."""
        query: Document = {"broadcast": broadcast, "reached": RecipientState.FAILED.value, "not_before": {"$gt": now}}
        times: Document = {"first": {"$min": "$not_before"}, "last": {"$max": "$not_before"}}
        found = await self._collection.aggregate(query, [{"$group": {"_id": None, "count": {"$sum": 1}, **times}}])
        if not found:
            return DeferredRetries(count=0)
        return DeferredRetries(count=found[0]["count"], first=found[0]["first"], last=found[0]["last"])

    async def read_at_once(self, broadcast: str, now: datetime) -> int:
        """Make the results of all queued recipients due now; return how many were not."""
        queued: Document = {"broadcast": broadcast, "reached": RecipientState.QUEUED.value}
        return await self._update_each({**queued, "look_at": {"$not": {"$lte": now}}}, {"look_at": now})

    async def cancel(self, broadcast: str) -> int:
        """Cancel all pending recipients; return how many."""
        query: Document = {"broadcast": broadcast, "reached": RecipientState.PENDING.value}
        return await self._update_each(query, {"reached": RecipientState.CANCELLED.value})

    async def clear(self, broadcast: str) -> int:
        """Remove all recipients of a broadcast that was not finished; return how many."""
        removed, query = 0, {"broadcast": broadcast}
        while found := await self._collection.find(query, fields={"_id": 1}, limit=_BATCH):
            removed += await self._collection.delete({"_id": {"$in": [item["_id"] for item in found]}})
        return removed

    async def _update_each(self, query: Document, change: Document) -> int:
        changed = 0
        while found := await self._collection.find(query, fields={"_id": 1}, limit=_BATCH):
            some: Document = {**query, "_id": {"$in": [item["_id"] for item in found]}}
            changed += await self._collection.update_many(some, {"$set": change})
        return changed


def _of_each_state(broadcast: str) -> list[Document]:
    return [{"broadcast": broadcast, "reached": one.value} for one in RecipientState]


def _half(variant: Variant) -> Document:
    """Return the condition on the ids of a variant, which the index of states answers."""
    return {"$lt": SECOND_HALF} if variant is Variant.A else {"$gte": SECOND_HALF}


def _retryable(broadcast: str, now: datetime) -> Document:
    return {
        "broadcast": broadcast,
        "reached": RecipientState.FAILED.value,
        "reason": {"$ne": IN_DOUBT},
        "not_before": {"$not": {"$gt": now}},  # also where it is missing
    }


def _change(update: RecipientUpdate, at: datetime) -> Document:
    values: Document = {
        "reached": update.reached.value,
        "reason": update.reason,
        "code": update.code,
        "look_at": update.look_at,
        "not_before": update.not_before,
        "updated_at": at,
    }
    if update.queued:
        values |= {"queued_at": at, "retried": False}
        values |= {"message_id": update.message_id, "conversation_id": update.conversation_id}
    if update.result:
        values["result_at"] = at
    return {"$set": values}


def _recipients(found: Sequence[Document]) -> list[Recipient]:
    return [from_document({**item, "id": item["_id"]}, Recipient) for item in found]
