"""Broadcasts that are due, of all workspaces; each is leased to one replica."""

from datetime import datetime, timedelta

from shared.repositories.broadcasts import COLLECTION
from shared.storage.mongo import Document, Find, Mongo


def find_due(owner: str, now: datetime) -> Find:
    """Return the query for one broadcast that is due and that `owner` may lease."""
    return Find(collection=COLLECTION, query=_due(owner, now), fields={"_id": 1})


def _due(owner: str, now: datetime) -> Document:
    # MongoDB uses the partial index only for a query that names its type.
    return {"look_at": {"$lte": now, "$type": "date"}, **_free(owner, now)}


def _free(owner: str, now: datetime) -> Document:
    return {"$or": [{"lease_until": None}, {"lease_until": {"$lt": now}}, {"lease_by": owner}]}


class BroadcastQueue:
    """Of all workspaces. All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def due(self, owner: str, now: datetime, *, lease: timedelta, limit: int) -> list[tuple[str, str]]:
        """Return at most `limit` broadcasts (workspace, id) that are due, and lease them to `owner`."""
        found = await self._collection.find(
            _due(owner, now), fields={"workspace": 1}, sort=[("look_at", 1)], limit=limit
        )
        change = {"$set": {"lease_until": now + lease, "lease_by": owner}}
        return [
            (item["workspace"], item["_id"])
            for item in found
            if await self._collection.update({"_id": item["_id"], **_free(owner, now)}, change)
        ]

    async def release(self, owner: str) -> None:
        """End all leases of `owner`, so that another replica need not wait for their end."""
        await self._collection.update_many({"lease_by": owner}, {"$set": {"lease_until": None, "lease_by": ""}})
