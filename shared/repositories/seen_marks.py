"""The last turn that each person has read in each conversation. Written by the console for the person; erased with the
customer."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "seen"
KEPT_DAYS = 180
INDEXES = [
    IndexModel([("workspace", 1), ("user", 1), ("at", -1)], name="user"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class SeenMarks:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def mark(self, user: str, conversation_id: str, turn: int, at: datetime) -> None:
        """Store that a person has seen all turns up to this one. An earlier turn changes nothing but the time."""
        mark = {
            "$max": {"turn": turn, "at": at},
            "$setOnInsert": {"user": user, "conversation_id": conversation_id},
        }
        query = {"_id": self._id(user, conversation_id)}
        try:
            await self._collection.update(query, mark, upsert=True)
        except Duplicate:  # another device has just made the mark
            await self._collection.update(query, mark)

    async def turns(self, user: str, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Return the last turn that a person has seen, by conversation; 0 without a mark."""
        wanted = {self._id(user, one): one for one in conversation_ids}
        found = await self._collection.find(
            {"_id": {"$in": list(wanted)}}, fields={"turn": 1}, limit=max(1, len(wanted))
        )
        return dict.fromkeys(conversation_ids, 0) | {wanted[item["_id"]]: item["turn"] for item in found}

    def _id(self, user: str, conversation_id: str) -> str:
        return f"{self._collection.workspace}:{user}:{conversation_id}"
