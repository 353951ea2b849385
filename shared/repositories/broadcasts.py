"""Broadcasts. Operators make them and say start, pause, resume, cancel, retry; delivery does the rest
(docs/decisions/0022-delivery-runs-broadcasts.md). Every change names the stages it may come from, in one update.

`look_at` is when delivery is to look after a broadcast next; without one it rests.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, IndexModel

from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "broadcasts"
INDEXES = [
    IndexModel([("workspace", 1), ("created_at", -1)], name="newest"),
    IndexModel([("look_at", 1)], name="due", partialFilterExpression={"look_at": {"$type": "date"}}),
]
_BEGUN = (BroadcastStage.SCHEDULED, BroadcastStage.RUNNING)


class Broadcasts:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def create(self, broadcast: Broadcast) -> bool:
        """Store a new one; False when its name is taken."""
        document = to_document(broadcast)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document, "look_at": None})
        except Duplicate:
            return False
        return True

    async def get(self, id_: str) -> Broadcast | None:
        found = await self._collection.find_one({"_id": id_})
        return _broadcast(found) if found else None

    async def newest(self, limit: int) -> list[Broadcast]:
        """The newest first."""
        found = await self._collection.find({}, sort=[("created_at", DESCENDING), ("_id", 1)], limit=limit)
        return [_broadcast(item) for item in found]

    async def made(self, id_: str) -> bool:
        """All recipients of its file are stored; False when it is not being made (any more)."""
        return await self._become(id_, (BroadcastStage.MAKING,), BroadcastStage.DRAFT)

    async def forget(self, id_: str) -> bool:
        """Take away what was never made to the end; False when it has been."""
        return bool(await self._collection.delete({"_id": id_, "stage": BroadcastStage.MAKING.value}))

    async def start(self, id_: str, start_at: datetime) -> bool:
        """Have it begin at a time; False when it is not a draft."""
        return await self._become(
            id_, (BroadcastStage.DRAFT,), BroadcastStage.SCHEDULED, start_at=start_at, look_at=start_at
        )

    async def running(self, channel: str, limit: int = 1000) -> list[str]:
        """The ids of those that go out from a channel now."""
        query: Document = {"channel": channel, "stage": BroadcastStage.RUNNING.value}
        return [item["_id"] for item in await self._collection.find(query, fields={"_id": 1}, limit=limit)]

    async def with_template(self, name: str, language: str, limit: int = 1000) -> list[tuple[str, str]]:
        """The ids and channels of those that have begun, or are to begin, and send a template."""
        stages = [stage.value for stage in _BEGUN]
        query: Document = {"what.name": name, "what.language": language, "stage": {"$in": stages}}
        found = await self._collection.find(query, fields={"channel": 1}, limit=limit)
        return [(item["_id"], item["channel"]) for item in found]

    async def pause(self, id_: str, reason: str, at: datetime, *, event: str = "") -> bool:
        """Send nothing more until it is resumed; False when it has not begun, or has ended.

        event: the id of what led to it; False too when the last one was the same, which is told again and again.
        """
        changes: dict[str, Any] = {"reason": reason[:500], "look_at": at}
        if not event:
            return await self._become(id_, _BEGUN, BroadcastStage.PAUSED, **changes)
        once: Document = {"paused_by": {"$ne": event}}
        return await self._become(id_, _BEGUN, BroadcastStage.PAUSED, once, paused_by=event, **changes)

    async def resume(self, id_: str, at: datetime) -> bool:
        """Go on; False when it is not paused."""
        frozen: Document = {"frozen_at": {"$type": "date"}}
        changes: dict[str, Any] = {"reason": "", "resumed_at": at, "look_at": at}
        return await self._become(
            id_, (BroadcastStage.PAUSED,), BroadcastStage.RUNNING, frozen, **changes
        ) or await self._become(id_, (BroadcastStage.PAUSED,), BroadcastStage.SCHEDULED, {"frozen_at": None}, **changes)

    async def cancel(self, id_: str, at: datetime) -> bool:
        """Never send the rest; False when it has ended already."""
        stages = (BroadcastStage.MAKING, BroadcastStage.DRAFT, *_BEGUN, BroadcastStage.PAUSED)
        return await self._become(id_, stages, BroadcastStage.CANCELLED, finished_at=at, look_at=at)

    async def again(self, id_: str, at: datetime) -> bool:
        """Go on after the end, for those that are to be retried; False when it is not at the end, or paused."""
        return await self._become(
            id_, (BroadcastStage.DONE,), BroadcastStage.RUNNING, finished_at=None, resumed_at=at, look_at=at
        )

    async def read_up_to(self, id_: str, cursor: str) -> None:
        """How far its segment has been read."""
        await self._collection.update(
            {"_id": id_, "stage": BroadcastStage.SCHEDULED.value}, {"$set": {"cursor": cursor}}
        )

    async def frozen(self, id_: str, total: int, at: datetime) -> bool:
        """Its audience is complete; False when it was paused or cancelled meanwhile."""
        return await self._become(
            id_,
            (BroadcastStage.SCHEDULED,),
            BroadcastStage.RUNNING,
            frozen_at=at,
            total=total,
            resumed_at=at,
            look_at=at,
        )

    async def done(self, id_: str, at: datetime) -> bool:
        """Everybody has been written to, or skipped."""
        return await self._become(id_, (BroadcastStage.RUNNING,), BroadcastStage.DONE, finished_at=at, look_at=at)

    async def look_again(self, broadcast: Broadcast, at: datetime | None) -> None:
        """When to look after it next, unless somebody has changed it since it was read; None: never."""
        await self._collection.update({"_id": broadcast.id, "stage": broadcast.stage.value}, {"$set": {"look_at": at}})

    async def _become(
        self,
        id_: str,
        before: Sequence[BroadcastStage],
        after: BroadcastStage,
        only: Document | None = None,
        **changes: Any,
    ) -> bool:
        wanted: Document = {"_id": id_, "stage": {"$in": [one.value for one in before]}, **(only or {})}
        return bool(await self._collection.update(wanted, {"$set": {"stage": after.value, **changes}}))


def _broadcast(document: Document) -> Broadcast:
    return from_document({**document, "id": document["_id"]}, Broadcast)
