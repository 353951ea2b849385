"""Broadcasts. Operators create, start, pause, resume, cancel and retry them; delivery runs them
(docs/decisions/0022-delivery-runs-broadcasts.md). Every change is one update that is conditional on the stages before
it.

A comparison is stored as one content of the type `comparison`: a process of a release without comparisons cannot read
it, instead of sending one template to all (docs/decisions/0092-comparisons-are-of-a-kind-of-their-own.md).

`look_at` is when delivery advances a broadcast next; without one nothing is due.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, IndexModel

from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "broadcasts"
INDEXES = [
    IndexModel([("workspace", 1), ("created_at", -1), ("_id", 1)], name="newest_first"),
    IndexModel([("workspace", 1), ("start_at", -1), ("_id", 1)], name="started"),
    IndexModel([("look_at", 1)], name="due", partialFilterExpression={"look_at": {"$type": "date"}}),
]
_COMPARISON = "comparison"
_TEMPLATES = ("what", "what.a", "what.b", "other")  # where a template is; `other`: of comparisons of an earlier form
_STARTED = (BroadcastStage.SCHEDULED, BroadcastStage.RUNNING)


class Broadcasts:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def create(self, broadcast: Broadcast) -> bool:
        """Store a new broadcast; return False when its name is taken."""
        document = _document(broadcast)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document, "look_at": None})
        except Duplicate:
            return False
        return True

    async def get(self, id_: str) -> Broadcast | None:
        found = await self._collection.find_one({"_id": id_})
        return broadcast_of(found) if found else None

    async def get_many(self, ids: Sequence[str]) -> dict[str, Broadcast]:
        """Return several broadcasts by id; missing ones are left out."""
        wanted = list(ids)
        found = await self._collection.find({"_id": {"$in": wanted}}, limit=max(1, len(wanted)))
        return {item["_id"]: broadcast_of(item) for item in found}

    async def newest(
        self, limit: int, *, before: tuple[datetime, str] | None = None, channels: Collection[str] = ()
    ) -> list[Broadcast]:
        """Return the last broadcasts, the newest first. before: end of the last page (`created_at` and id). channels:
        only on these; empty: on all.
        """
        query: Document = {}
        if before is not None:
            at, id_ = before
            query = {"$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$gt": id_}}]}
        if channels:
            query["channel"] = {"$in": sorted(channels)}
        found = await self._collection.find(query, sort=[("created_at", DESCENDING), ("_id", 1)], limit=limit)
        return [broadcast_of(item) for item in found]

    async def started(
        self, since: datetime, until: datetime, limit: int, *, channels: Collection[str] = ()
    ) -> list[Broadcast]:
        """Return the last broadcasts that were started in a period, the newest start first. until: not included.

        channels: only on these; empty: on all.
        """
        query: Document = {"start_at": {"$gte": since, "$lt": until}, "frozen_at": {"$type": "date"}}
        if channels:
            query["channel"] = {"$in": sorted(channels)}
        found = await self._collection.find(query, sort=[("start_at", DESCENDING), ("_id", 1)], limit=limit)
        return [broadcast_of(item) for item in found]

    async def finish_making(self, id_: str) -> bool:
        """Record that all recipients of its file are stored; return False when it is not being made."""
        return await self._become(id_, (BroadcastStage.MAKING,), BroadcastStage.DRAFT)

    async def remove_unfinished(self, id_: str) -> bool:
        """Remove a broadcast that is still being made; return False when it is finished."""
        return bool(await self._collection.delete({"_id": id_, "stage": BroadcastStage.MAKING.value}))

    async def start(self, id_: str, start_at: datetime, *, command: str = "") -> bool:
        """Schedule its start; return False when it is not a draft. command: see `was_changed_by`."""
        changes: dict[str, Any] = {"start_at": start_at, "look_at": start_at, **_by(command)}
        return await self._become(id_, (BroadcastStage.DRAFT,), BroadcastStage.SCHEDULED, **changes)

    async def was_changed_by(self, id_: str, command: str) -> bool:
        """Return whether a person's command was the last to change its stage."""
        return (
            bool(command) and await self._collection.find_one({"_id": id_, "command": command}, {"_id": 1}) is not None
        )

    async def running(self, channel: str, limit: int = 1000) -> list[str]:
        """Return the ids of the broadcasts running on a channel."""
        query: Document = {"channel": channel, "stage": BroadcastStage.RUNNING.value}
        return [item["_id"] for item in await self._collection.find(query, fields={"_id": 1}, limit=limit)]

    async def with_template(self, name: str, language: str, limit: int = 1000) -> list[tuple[str, str]]:
        """Return the ids and channels of scheduled and running broadcasts that send a template."""
        stages = [stage.value for stage in _STARTED]
        either = [{f"{part}.name": name, f"{part}.language": language} for part in _TEMPLATES]
        query: Document = {"$or": either, "stage": {"$in": stages}}
        found = await self._collection.find(query, fields={"channel": 1}, limit=limit)
        return [(item["_id"], item["channel"]) for item in found]

    async def pause(
        self, id_: str, reason: str, at: datetime, *, cause: str = "", event: str = "", command: str = ""
    ) -> bool:
        """Send nothing more until it is resumed; return False when it is neither scheduled nor running.

        cause: the kind of the reason. event: the id of the account event that led to it; return False also when it
        caused the last pause.
        """
        changes: dict[str, Any] = {"reason": reason[:500], "cause": cause, "look_at": at, **_by(command)}
        if not event:
            return await self._become(id_, _STARTED, BroadcastStage.PAUSED, **changes)
        once: Document = {"paused_by": {"$ne": event}}
        return await self._become(id_, _STARTED, BroadcastStage.PAUSED, once, paused_by=event, **changes)

    async def resume(self, id_: str, at: datetime, *, command: str = "") -> bool:
        """Continue; return False when it is not paused. A segment that was not read to its end is read anew."""
        frozen: Document = {"frozen_at": {"$type": "date"}}
        changes: dict[str, Any] = {"reason": "", "cause": "", "resumed_at": at, "look_at": at, **_by(command)}
        return await self._become(
            id_, (BroadcastStage.PAUSED,), BroadcastStage.RUNNING, frozen, **changes
        ) or await self._become(
            id_, (BroadcastStage.PAUSED,), BroadcastStage.SCHEDULED, {"frozen_at": None}, cursor="", **changes
        )

    async def cancel(self, id_: str, at: datetime, *, command: str = "") -> bool:
        """Never send the rest; return False when it has ended already."""
        stages = (BroadcastStage.MAKING, BroadcastStage.DRAFT, *_STARTED, BroadcastStage.PAUSED)
        changes: dict[str, Any] = {"finished_at": at, "look_at": at, **_by(command)}
        return await self._become(id_, stages, BroadcastStage.CANCELLED, **changes)

    async def reopen(self, id_: str, at: datetime) -> bool:
        """Run again for the recipients to be retried; return False when it is not done."""
        return await self._become(
            id_, (BroadcastStage.DONE,), BroadcastStage.RUNNING, finished_at=None, resumed_at=at, look_at=at
        )

    async def read_up_to(self, id_: str, cursor: str) -> None:
        """Record how far its segment has been read."""
        await self._collection.update(
            {"_id": id_, "stage": BroadcastStage.SCHEDULED.value}, {"$set": {"cursor": cursor}}
        )

    async def begin(self, id_: str, total: int, at: datetime) -> bool:
        """Record its complete audience and run it; return False when it was paused or cancelled meanwhile."""
        return await self._become(
            id_,
            (BroadcastStage.SCHEDULED,),
            BroadcastStage.RUNNING,
            frozen_at=at,
            total=total,
            resumed_at=at,
            look_at=at,
        )

    async def finish(self, id_: str, at: datetime) -> bool:
        """Record that all recipients have been sent to, or skipped; return False when it is not running."""
        return await self._become(id_, (BroadcastStage.RUNNING,), BroadcastStage.DONE, finished_at=at, look_at=at)

    async def schedule(self, broadcast: Broadcast, at: datetime | None) -> None:
        """Set when it is advanced next, unless its stage has changed since it was read; None: never."""
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


def _by(command: str) -> dict[str, Any]:
    return {"command": command} if command else {}


def _document(broadcast: Broadcast) -> Document:
    document = to_document(broadcast)
    other = document.pop("other")
    if other is not None:
        document["what"] = {"type": _COMPARISON, "a": document["what"], "b": other}
    return document


def broadcast_of(document: Document) -> Broadcast:
    """Return the broadcast that a document holds."""
    what: Document = document["what"]
    both: Document = {"what": what["a"], "other": what["b"]} if what["type"] == _COMPARISON else {}
    return from_document({**document, **both, "id": document["_id"]}, Broadcast)
