"""Broadcasts that are due, of all workspaces; each is leased to one replica."""

from datetime import datetime, timedelta

from shared.repositories.broadcasts import COLLECTION
from shared.storage.mongo import Document, Mongo


class BroadcastQueue:
    """Of all workspaces. All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def due(self, owner: str, now: datetime, *, lease: timedelta, limit: int) -> list[tuple[str, str]]:
        """Return at most `limit` broadcasts (workspace, id) that are due, and lease them to `owner`."""
        free: Document = {"$or": [{"lease_until": None}, {"lease_until": {"$lt": now}}, {"lease_by": owner}]}
        found = await self._collection.find(
            {"look_at": {"$lte": now}, **free}, fields={"workspace": 1}, sort=[("look_at", 1)], limit=limit
        )
        change = {"$set": {"lease_until": now + lease, "lease_by": owner}}
        return [
            (item["workspace"], item["_id"])
            for item in found
            if await self._collection.update({"_id": item["_id"], **free}, change)
        ]

    async def release(self, owner: str) -> None:
        """End all leases of `owner`, so that another replica need not wait for their end."""
        await self._collection.update_many({"lease_by": owner}, {"$set": {"lease_until": None, "lease_by": ""}})
