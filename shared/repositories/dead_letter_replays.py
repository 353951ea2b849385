"""Replays of dead letters: their authors, times and number. Writers: `parley dlq replay` and the console."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from shared.errors import Conflict
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "dead_letter_replays"
_KEPT = 50
_MOST = 1000
_FIRST = 0


class ReplayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The replays of a dead letter. times: when and by whom, the last fifty. offset: of the dead letter that was
    replayed last; one of the same id at a higher offset was written after the replay.
    """

    id: str
    count: int
    times: list[tuple[datetime, str]]
    offset: int

    @property
    def last_at(self) -> datetime:
        """The time of the last replay."""
        return self.times[-1][0]

    @property
    def last_by(self) -> str:
        """The person of the last replay."""
        return self.times[-1][1]


class DeadLetterReplays:
    """Of the dead letters of one workspace; `-`: of those whose workspace is not known. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, letter_ids: Collection[str]) -> dict[str, ReplayRecord]:
        """Return the replays of at most a thousand dead letters, by id."""
        found = await self._collection.find({"_id": {"$in": list(letter_ids)}}, limit=_MOST) if letter_ids else []
        return {item["_id"]: replay_of(item) for item in found}

    async def record(
        self, letter_id: str, *, reason: str, by: str, at: datetime, offset: int, again: bool
    ) -> ReplayRecord | None:
        """Record that a dead letter is about to be replayed. Return None when it may be replayed, otherwise the earlier
        replay. Of two people at once one is refused, unless both set `again`. Raises Conflict for a letter of another
        workspace.
        """
        now = {"at": at, "by": by}
        try:
            await self._collection.insert(
                {"_id": letter_id, "reason": reason, "count": 1, "offset": offset, "replays": [now]}
            )
        except Duplicate:
            wanted: Document = {"_id": letter_id} if again else {"_id": letter_id, **_older(offset)}
            change = {
                "$inc": {"count": 1},
                "$max": {"offset": offset},
                "$push": {"replays": {"$each": [now], "$slice": -_KEPT}},
            }
            if not await self._collection.update(wanted, change):
                found = await self._collection.find_one({"_id": letter_id})
                if found is None:
                    raise Conflict(letter_id) from None
                return replay_of(found)
        return None


def _older(offset: int) -> Document:
    """Return the condition for replays of an earlier version; replays without an offset count as earlier."""
    if offset < 0:
        return {"offset": {"$lt": offset}}
    return {"$or": [{"offset": {"$lt": offset}}, {"offset": {"$exists": False}}]}


def replay_of(document: Document) -> ReplayRecord:
    """Return the replays that a document holds."""
    return ReplayRecord(
        id=document["_id"],
        count=document["count"],
        times=[(item["at"], item["by"]) for item in document["replays"]],
        offset=document.get("offset", _FIRST),
    )
