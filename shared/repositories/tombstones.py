"""Tombstones of customers who were erased: that it happened, and when, so that no replay brings their data back.

The id is a hash of the workspace and the customer's id, which is itself derived from the number. It is not keyed: who
holds the database and suspects a number can ask for it, as with every derived id in the topics; a key would be one more
thing that replays depend on, and with a key that was changed the data would come back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from pymongo import IndexModel

from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "erased"
INDEXES = [IndexModel([("workspace", 1), ("erased_at", 1)], name="latest")]
_PAGE = 1000


def tombstone_id(workspace: str, customer_id: str) -> str:
    """What a customer's tombstone is called."""
    return sha256(f"{workspace}\x1f{customer_id}".encode()).hexdigest()


class Tombstones:
    """Of one workspace. All raise DependencyAway. Services ask `shared.repositories.erasure_guard.ErasureGuard`, which
    remembers."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def mark(self, customer_ids: Iterable[str], at: datetime) -> None:
        """Write the tombstones; one that is there gets the later time."""
        for customer_id in customer_ids:
            change = {"$max": {"erased_at": at}}
            key = {"_id": tombstone_id(self._collection.workspace, customer_id)}
            try:
                await self._collection.update(key, change, upsert=True)
            except Duplicate:  # two operators at once
                await self._collection.update(key, change)

    async def mark_messages(self, message_ids: Sequence[str]) -> None:
        """Write tombstones of messages, so that a copy is known whenever it comes: not all providers say when a message
        was written.
        """
        name = self._collection.workspace
        each = [({"_id": tombstone_id(name, one)}, [{"$set": {"kind": "message"}}]) for one in message_ids]
        if each:
            await self._collection.upsert_each(each)

    async def had_message(self, message_id: str) -> bool:
        """Whether it is a message that was removed with its sender; asks the database."""
        query = {"_id": tombstone_id(self._collection.workspace, message_id), "kind": "message"}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def since(self, customer_id: str) -> datetime | None:
        """When the customer was erased, if ever; asks the database."""
        found = await self._collection.find_one({"_id": tombstone_id(self._collection.workspace, customer_id)})
        return found["erased_at"] if found else None

    async def after(self, at: datetime | None) -> dict[str, datetime]:
        """The tombstones of customers written at or after a time (None: all), by their id."""
        known: dict[str, datetime] = {}
        last = ""
        while True:
            query = {"_id": {"$gt": last}} | {"erased_at": {"$gte": at} if at else {"$type": "date"}}
            found = await self._collection.find(query, sort=[("_id", 1)], limit=_PAGE)
            known |= {item["_id"]: item["erased_at"] for item in found}
            if len(found) < _PAGE:
                return known
            last = found[-1]["_id"]
