"""Tombstones of erased customers with the time of erasure, so that no replay brings their data back.

The id is a hash of the workspace and the customer's id, which is itself derived from the number. It is not keyed:
whoever has the database can test a suspected number, as with every derived id in the topics. But replays would depend
on a key, and after a change of the key the data would come back.
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
    """Return the id of a customer's tombstone."""
    return sha256(f"{workspace}\x1f{customer_id}".encode()).hexdigest()


class Tombstones:
    """One per workspace. All methods raise DependencyAway. Services ask
    `shared.repositories.erasure_guard.ErasureGuard`, which caches."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def mark(self, customer_ids: Iterable[str], at: datetime) -> None:
        """Write tombstones; a present one gets the later time."""
        for customer_id in customer_ids:
            change = {"$max": {"erased_at": at}}
            key = {"_id": tombstone_id(self._collection.workspace, customer_id)}
            try:
                await self._collection.update(key, change, upsert=True)
            except Duplicate:  # two operators at once
                await self._collection.update(key, change)

    async def mark_messages(self, message_ids: Sequence[str]) -> None:
        """Write tombstones of messages, so that copies are recognised: not all providers give the time of a message."""
        name = self._collection.workspace
        each = [({"_id": tombstone_id(name, one)}, [{"$set": {"kind": "message"}}]) for one in message_ids]
        if each:
            await self._collection.upsert_each(each)

    async def had_message(self, message_id: str) -> bool:
        """Return whether the message was erased with its sender; reads the database."""
        query = {"_id": tombstone_id(self._collection.workspace, message_id), "kind": "message"}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def since(self, customer_id: str) -> datetime | None:
        """Return when the customer was erased, or None; reads the database."""
        found = await self._collection.find_one({"_id": tombstone_id(self._collection.workspace, customer_id)})
        return found["erased_at"] if found else None

    async def after(self, at: datetime | None) -> dict[str, datetime]:
        """Return the erasure times of tombstones written at or after a time (None: all), by id."""
        known: dict[str, datetime] = {}
        last = ""
        while True:
            query = {"_id": {"$gt": last}} | {"erased_at": {"$gte": at} if at else {"$type": "date"}}
            found = await self._collection.find(query, sort=[("_id", 1)], limit=_PAGE)
            known |= {item["_id"]: item["erased_at"] for item in found}
            if len(found) < _PAGE:
                return known
            last = found[-1]["_id"]
