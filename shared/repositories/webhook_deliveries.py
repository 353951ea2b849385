"""Calls of webhooks out that have failed and are tried again. One writer: delivery.

What is delivered leaves no document; what waits is bounded, and leaves as a dead letter after a day. `unreachable`: the
last try said nothing about the event itself, so it is made as soon as the endpoint answers again.
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
        """Have a call made at `next_at`; False when it waits already."""
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

    async def failed(self, delivery_id: str, next_at: datetime, error: str, *, unreachable: bool) -> None:
        """A further try has failed."""
        change = {
            "$set": {"next_at": next_at, "error": error, "unreachable": unreachable},
            "$inc": {"tries": 1},
        }
        await self._collection.update({"_id": delivery_id}, change)

    async def remove(self, delivery_id: str) -> bool:
        """It is made, or given up."""
        return bool(await self._collection.delete({"_id": delivery_id}))

    async def postpone(self, webhook: str, until: datetime) -> None:
        """The endpoint cannot be reached: none of its calls is made before then."""
        await self._collection.update_many(
            {"webhook": webhook, "next_at": {"$lt": until}}, {"$set": {"next_at": until}}
        )

    async def hurry(self, webhook: str, now: datetime) -> None:
        """The endpoint answers again: what waited for that is made now."""
        await self._collection.update_many(
            {"webhook": webhook, "unreachable": True, "next_at": {"$gt": now}}, {"$set": {"next_at": now}}
        )

    async def waiting(self, webhook: str) -> int:
        """How many calls of a webhook wait."""
        return await self._collection.count({"webhook": webhook})
