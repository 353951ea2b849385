"""Failed calls of webhooks out that wait for a retry. One writer: delivery.

A successful call leaves no document; those that wait are bounded, and become dead letters after a day. `unreachable`:
the endpoint could not be reached, so the call is due as soon as the endpoint answers another one.
"""

from datetime import datetime

from pymongo import IndexModel

from shared.messages.webhooks import WebhookDelivery
from shared.storage.documents import plain
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "webhook_deliveries"
INDEXES = [
    IndexModel([("next_at", 1)], name="due"),
    IndexModel([("workspace", 1), ("webhook", 1), ("next_at", 1)], name="webhook"),
]


class WebhookDeliveries:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(
        self, delivery: WebhookDelivery, since: datetime, next_at: datetime, error: str, *, unreachable: bool
    ) -> bool:
        """Store a call to be made at `next_at`; return False when it is stored already."""
        document: Document = {
            "_id": delivery.id,
            "webhook": delivery.webhook,
            "delivery": plain(delivery),
            "since": since,
            "next_at": next_at,
            "tries": 1,
            "error": error,
            "unreachable": unreachable,
        }
        try:
            await self._collection.insert(document)
        except Duplicate:
            return False
        return True

    async def record_failure(self, delivery_id: str, next_at: datetime, error: str, *, unreachable: bool) -> None:
        """Store that another attempt failed."""
        change = {
            "$set": {"next_at": next_at, "error": error, "unreachable": unreachable},
            "$inc": {"tries": 1},
        }
        await self._collection.update({"_id": delivery_id}, change)

    async def remove(self, delivery_id: str) -> bool:
        """Remove a call that succeeded or is given up; return whether it was stored."""
        return bool(await self._collection.delete({"_id": delivery_id}))

    async def postpone(self, webhook: str, until: datetime, taken: str) -> None:
        """Make no call of a webhook due before `until`: its endpoint cannot be reached. taken: the id of the call that
        was taken to be made; it is due then, not at the end of its lease.
        """
        await self._collection.update_many(
            {"webhook": webhook, "$or": [{"next_at": {"$lt": until}}, {"_id": taken}]}, {"$set": {"next_at": until}}
        )

    async def retry_unreachable_now(self, webhook: str, now: datetime) -> None:
        """Make the calls due whose endpoint could not be reached, now that it answers again."""
        await self._collection.update_many(
            {"webhook": webhook, "unreachable": True, "next_at": {"$gt": now}}, {"$set": {"next_at": now}}
        )

    async def waiting(self, webhook: str, *, limit: int = 0) -> int:
        """Return how many calls of a webhook wait. limit: stop counting there; 0: never."""
        return await self._collection.count({"webhook": webhook}, limit=limit)

    async def next_try(self, webhook: str) -> datetime | None:
        """Return when the first call that waits is made; None: none waits."""
        found = await self._collection.find({"webhook": webhook}, fields={"next_at": 1}, sort=[("next_at", 1)], limit=1)
        return found[0].get("next_at") if found else None
