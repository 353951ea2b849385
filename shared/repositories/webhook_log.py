"""The log of webhooks out: one document per call, with its attempts. One writer: delivery.

No body is stored: an event has ids only, and a replay makes the same body from it. Documents expire after
`WEBHOOKS_OUT_LOG_DAYS`, and are erased with the customer of their conversation.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.messages.webhooks import WebhookDelivery
from shared.storage.documents import plain
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "webhook_log"
INDEXES = [
    IndexModel([("workspace", 1), ("webhook", 1), ("at", -1), ("_id", -1)], name="newest"),
    IndexModel([("workspace", 1), ("webhook", 1), ("outcome", 1), ("at", -1), ("_id", -1)], name="outcome"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("ends_at", 1)], name="retention", expireAfterSeconds=0),
]
DELIVERED, WAITING, GIVEN_UP, FAILED = "delivered", "waiting", "given_up", "failed"
"""Outcomes: `failed` is a failed test call, which is not made again."""
_MOST_ATTEMPTS = 20  # that are kept, the last ones
_MOST_REPLAYED = 1000


class WebhookAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. status: of the answer; 0: none. ms: that it took. error: empty when it was accepted."""

    at: datetime
    status: int
    ms: int
    error: str = ""


class LoggedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call. at: of its event. attempts: the last ones; tries: of all. error: the reason of the last failure."""

    delivery: WebhookDelivery
    at: datetime
    outcome: str
    tries: int
    attempts: tuple[WebhookAttempt, ...]
    error: str


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """News about a call. attempts: made since. outcome: now. ends_at: when it is removed."""

    delivery: WebhookDelivery
    outcome: str
    ends_at: datetime
    attempts: tuple[WebhookAttempt, ...] = ()
    error: str = ""

    def change(self) -> list[Document]:
        """Return the update of the call's document, which inserts it too."""
        event = self.delivery.event
        known: Document = {
            "webhook": {"$literal": self.delivery.webhook},
            "kind": {"$literal": event.kind.value},
            "conversation_id": {"$literal": event.conversation_id},
            "delivery": {"$literal": plain(self.delivery)},
            "at": self.delivery.created_at,
            "outcome": {"$literal": self.outcome},
            "error": {"$literal": self.error},
            "ends_at": self.ends_at,
        }
        attempts = [{"$literal": _stored(attempt)} for attempt in self.attempts]
        all_: Document = {"$concatArrays": [{"$ifNull": ["$attempts", []]}, attempts]}
        known["attempts"] = {"$slice": [all_, -_MOST_ATTEMPTS]}
        known["tries"] = {"$add": [{"$ifNull": ["$tries", 0]}, len(attempts)]}
        return [{"$set": known}]


class WebhookLog:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def write(self, entries: Sequence[LogEntry]) -> None:
        """Store entries in one round trip, in their order. Raises ValueError for one of another workspace."""
        if any(one.delivery.workspace != self._collection.workspace for one in entries):
            raise ValueError("a repository writes only for its own workspace")
        if entries:
            await self._collection.upsert_each([({"_id": one.delivery.id}, one.change()) for one in entries])

    async def page(
        self, webhook: str, after: tuple[datetime, str] | None, limit: int, outcome: str = ""
    ) -> list[LoggedCall]:
        """Return calls, the newest event first. after: time and id of the last one of the page before."""
        query: Document = {"webhook": webhook, **({"outcome": outcome} if outcome else {})}
        if after is not None:
            at, id_ = after
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
        found = await self._collection.find(query, sort=[("at", -1), ("_id", -1)], limit=limit)
        return [_call(document) for document in found]

    async def get(self, delivery_id: str) -> LoggedCall | None:
        """Return a call; None: it is not in the log."""
        found = await self._collection.find_one({"_id": delivery_id})
        return _call(found) if found else None

    async def given_up(self, webhook: str) -> list[LoggedCall]:
        """Return the oldest calls of a webhook that were given up, at most a thousand."""
        query: Document = {"webhook": webhook, "outcome": GIVEN_UP}
        found = await self._collection.find(query, sort=[("at", 1), ("_id", 1)], limit=_MOST_REPLAYED)
        return [_call(document) for document in found]

    async def mark_replayed(self, delivery_ids: Sequence[str]) -> int:
        """Mark calls as waiting again; return how many were given up or failed."""
        query: Document = {"_id": {"$in": list(delivery_ids)}, "outcome": {"$in": [GIVEN_UP, FAILED]}}
        return await self._collection.update_many(query, {"$set": {"outcome": WAITING}})


def _stored(attempt: WebhookAttempt) -> Document:
    return {"at": attempt.at, "status": attempt.status, "ms": attempt.ms, "error": attempt.error}


def _call(document: Document) -> LoggedCall:
    return LoggedCall(
        delivery=msgspec.convert(document["delivery"], WebhookDelivery),
        at=document["at"],
        outcome=document["outcome"],
        tries=document["tries"],
        attempts=tuple(WebhookAttempt(**attempt) for attempt in document["attempts"]),
        error=document["error"],
    )
