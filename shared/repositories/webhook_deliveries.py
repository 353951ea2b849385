"""Failed calls of webhooks out that wait for a retry. One writer: delivery.

A successful call leaves no document; those that wait are bounded, and become dead letters after a day. A call whose
endpoint could not be reached is due at once (`next_at`): processes know when they may call the endpoint again
(`EndpointCooldowns`), so neither a failure nor a success changes the documents of other calls. `endpoint` names the
workspace and the webhook.
"""

from datetime import datetime

from pymongo import IndexModel

from shared.messages.webhooks import WebhookDelivery
from shared.storage.documents import plain
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "webhook_deliveries"
BY_ENDPOINT, BY_AGE = "endpoint", "age"
INDEXES = [
    IndexModel([("next_at", 1)], name="due"),
    IndexModel([("endpoint", 1), ("next_at", 1)], name=BY_ENDPOINT),
    IndexModel([("since", 1)], name=BY_AGE),
    IndexModel([("workspace", 1), ("webhook", 1), ("next_at", 1)], name="webhook"),
]


def endpoint_name(workspace: str, webhook: str) -> str:
    """Return the name of a webhook among those of all workspaces; neither part has a slash."""
    return f"{workspace}/{webhook}"


class WebhookDeliveries:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, delivery: WebhookDelivery, since: datetime, next_at: datetime, error: str) -> bool:
        """Store a call to be made at `next_at`; return False when it is stored already."""
        document: Document = {
            "_id": delivery.id,
            "webhook": delivery.webhook,
            "endpoint": endpoint_name(self._collection.workspace, delivery.webhook),
            "delivery": plain(delivery),
            "since": since,
            "next_at": next_at,
            "tries": 1,
            "error": error,
        }
        try:
            await self._collection.insert(document)
        except Duplicate:
            return False
        return True

    async def record_failure(self, delivery_id: str, next_at: datetime, error: str) -> None:
        """Store that another attempt failed."""
        change = {"$set": {"next_at": next_at, "error": error}, "$inc": {"tries": 1}}
        await self._collection.update({"_id": delivery_id}, change)

    async def remove(self, delivery_id: str) -> bool:
        """Remove a call that succeeded or is given up; return whether it was stored."""
        return bool(await self._collection.delete({"_id": delivery_id}))

    async def waiting(self, webhook: str, *, limit: int) -> int:
        """Return how many calls of a webhook wait, counted up to `limit`: it reads an index entry for each."""
        return await self._collection.count({"webhook": webhook}, limit=limit)

    async def waits(self, delivery_id: str) -> bool:
        """Return whether a call waits."""
        return await self._collection.find_one({"_id": delivery_id}, fields={"_id": 1}) is not None

    async def next_try(self, webhook: str, now: datetime) -> datetime | None:
        """Return when the first call that waits for a time is made; None: those that wait are due, as soon as the
        endpoint may be called.
        """
        later = {"webhook": webhook, "next_at": {"$gt": now}}
        found = await self._collection.find(later, fields={"next_at": 1}, sort=[("next_at", 1)], limit=1)
        return found[0].get("next_at") if found else None
