"""Replays of a workspace (`shared.domain.replays`), for some months. Written by the console and by ai."""

from datetime import datetime

from pymongo import IndexModel

from shared.domain.replays import Replay, Stopped
from shared.errors import Conflict
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "replays"
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1), ("_id", -1)], name="newest"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]


class Replays:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._replays = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, replay: Replay) -> Replay:
        """Store a replay; return the stored one, which is the first with its id. Raises Conflict if the id is another
        workspace's.
        """
        document = to_document(replay)
        document["_id"] = document.pop("id")
        try:
            await self._replays.insert(document)
        except Duplicate:
            if (found := await self.get(replay.id)) is None:
                raise Conflict(replay.id) from None
            return found
        return replay

    async def get(self, replay_id: str) -> Replay | None:
        """Return a replay, or None."""
        found = await self._replays.find_one({"_id": replay_id})
        return _replay(found) if found else None

    async def page(self, before: tuple[datetime, str] | None, limit: int) -> list[Replay]:
        """Return the newest replays, without `faq_changes`, which can be megabytes. before: the time and the id of the
        last one of the page before.
        """
        query: Document = {}
        if before:
            at, id_ = before
            query = {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]}
        found = await self._replays.find(query, fields={"faq_changes": 0}, sort=[("at", -1), ("_id", -1)], limit=limit)
        return [_replay(one) for one in found]

    async def set_stopped(self, replay_id: str, why: Stopped) -> None:
        """Note why a replay ended early."""
        await self._replays.update({"_id": replay_id}, {"$set": {"stopped": why.value}})

    async def remove(self, replay_id: str) -> bool:
        """Remove a replay; return whether there was one."""
        return bool(await self._replays.delete({"_id": replay_id}))


def _replay(document: Document) -> Replay:
    return from_document({**document, "id": document["_id"]}, Replay)
