"""Calls of webhooks out that are due, of all workspaces."""

from datetime import datetime, timedelta

import msgspec

from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_deliveries import COLLECTION
from shared.storage.mongo import Document, Find, Mongo


def find_due(now: datetime) -> Find:
    """Return the query for one call that is due."""
    return Find(collection=COLLECTION, query=_due(now), fields={"_id": 1})


def _due(now: datetime) -> Document:
    return {"next_at": {"$lte": now}}


class DueWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is due. since: when it was first due. tries: attempts so far. error: of the last one."""

    delivery: WebhookDelivery
    since: datetime
    tries: int
    error: str


class WebhookQueue:
    """Of all workspaces. Raises DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def take(self, now: datetime, *, lease: timedelta) -> DueWebhook | None:
        """Return one call that is due and lease it to this replica; None: none is due."""
        found = await self._collection.find_and_update(_due(now), {"$set": {"next_at": now + lease}})
        if found is None:
            return None
        return DueWebhook(
            delivery=msgspec.convert(found["delivery"], WebhookDelivery),
            since=found["since"],
            tries=found["tries"],
            error=found["error"],
        )
