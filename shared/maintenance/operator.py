"""Queries across workspaces, for operators' tools (`parley trace`, `chat`, `dlq`). Services must not import it: they
use repositories of one workspace.

The only collection it writes is `dead_letter_replays`: who replayed which dead letter, when and how often.
"""

import re
from collections.abc import Collection
from datetime import datetime
from itertools import islice

import msgspec
from pymongo import DESCENDING

from shared.repositories import ai_calls, conversations, inbound, outbound, workspaces
from shared.repositories.exchanges import MOST, Exchange, Exchanges
from shared.storage.mongo import Document, Duplicate, Mongo

REPLAYS = "dead_letter_replays"
_AT_ONCE = 1000  # ids in one query
_REPLAYS_KEPT = 50
_FIRST = 0
_PREFIX = re.compile(r"[0-9a-f]{8,32}")
_MOST_WORKSPACES = 100_000
_TRACED = (inbound.COLLECTION, ai_calls.COLLECTION, outbound.COLLECTION)


class Ambiguous(Exception):
    """Raised for a prefix that several exchanges begin with."""


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


class Operator:
    """Queries across workspaces. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def workspaces(self) -> list[str]:
        """Return the names of all workspaces, at most a hundred thousand, in order."""
        every = self._mongo.collection(workspaces.COLLECTION)
        found = await every.find({}, fields={"_id": 1}, sort=[("_id", 1)], limit=_MOST_WORKSPACES)
        return [item["_id"] for item in found]

    async def has_one_workspace(self) -> bool:
        """Return whether there is at most one workspace."""
        found = await self._mongo.collection(workspaces.COLLECTION).find({}, fields={"_id": 1}, limit=2)
        return len(found) <= 1

    async def correlation_of(self, reference: str) -> str | None:
        """Return the correlation id of the exchange that an id belongs to: of a message (ours or the provider's), a
        request, a conversation (its latest exchange), or the exchange's own id or at least 8 digits of its beginning.
        Raises Ambiguous.
        """
        for name in _TRACED:
            # The query names no workspace: an operator has only the id.
            either: Document = {"$or": [{"_id": reference}, {"provider_message_id": reference}]}
            if name == ai_calls.COLLECTION:
                either = {"_id": reference}
            found = await self._mongo.collection(name).find_one(either, {"correlation_id": 1})
            if found is not None:
                return str(found["correlation_id"])
        return await self._by_prefix(reference) or await self._latest_of(reference)

    async def message(self, reference: str) -> Document | None:
        """Return a customer's message by its id, ours or the provider's."""
        found = await self._mongo.collection(inbound.COLLECTION).find(
            {"$or": [{"_id": reference}, {"provider_message_id": reference}]}, limit=1
        )
        return found[0] if found else None

    async def _by_prefix(self, reference: str) -> str | None:
        if not _PREFIX.fullmatch(reference):
            return None
        matches: set[str] = set()
        for name in _TRACED:
            found = await self._mongo.collection(name).find(
                {"correlation_id": {"$regex": f"^{reference}"}}, fields={"correlation_id": 1}, limit=MOST
            )
            matches |= {str(item["correlation_id"]) for item in found}
        if len(matches) > 1:
            raise Ambiguous(f"{len(matches)} exchanges begin with {reference}; give more of the id")
        return next(iter(matches), None)

    async def _latest_of(self, conversation_id: str) -> str | None:
        conversation = await self._mongo.collection(conversations.COLLECTION).find_one(
            {"_id": conversation_id}, {"workspace": 1}
        )
        if conversation is None:
            return None
        for name in (inbound.COLLECTION, outbound.COLLECTION):
            found = await self._mongo.collection(name).find(
                {"workspace": conversation["workspace"], "conversation_id": conversation_id},
                fields={"correlation_id": 1},
                sort=[("turn", DESCENDING)],
                limit=1,
            )
            if found:
                return str(found[0]["correlation_id"])
        return None

    async def exchange(self, correlation_id: str) -> Exchange:
        """Return all stored documents of one exchange."""
        for name in _TRACED:
            found = await self._mongo.collection(name).find_one({"correlation_id": correlation_id}, {"workspace": 1})
            if found is not None:
                return await Exchanges(self._mongo, found["workspace"]).get(correlation_id)
        return Exchange(correlation_id=correlation_id, messages=[], ai_calls=[], outbound=[])

    async def replays(self, letter_ids: Collection[str]) -> dict[str, ReplayRecord]:
        """Return the replays of these dead letters, by id."""
        replays: dict[str, ReplayRecord] = {}
        ids = iter(letter_ids)
        while some := list(islice(ids, _AT_ONCE)):
            found = await self._mongo.collection(REPLAYS).find({"_id": {"$in": some}}, limit=_AT_ONCE)
            replays |= {item["_id"]: _replay(item) for item in found}
        return replays

    async def record_replay(
        self, letter_id: str, *, workspace: str, reason: str, by: str, at: datetime, offset: int, again: bool
    ) -> ReplayRecord | None:
        """Record that a dead letter is about to be replayed. Return None when it may be replayed, otherwise the earlier
        replay. Of two operators at once one is refused, unless both set `again`.
        """
        collection = self._mongo.collection(REPLAYS)
        now = {"at": at, "by": by}
        first = {"_id": letter_id, "workspace": workspace, "reason": reason, "count": 1, "offset": offset}
        try:
            await collection.insert(first | {"replays": [now]})
        except Duplicate:
            wanted: Document = {"_id": letter_id} if again else {"_id": letter_id, **_older(offset)}
            change = {
                "$inc": {"count": 1},
                "$max": {"offset": offset},
                "$push": {"replays": {"$each": [now], "$slice": -_REPLAYS_KEPT}},
            }
            if not await collection.update(wanted, change):
                found = await collection.find_one({"_id": letter_id})
                return _replay(found) if found else None
        return None

    async def attempts(self, message_id: str) -> list[Document]:
        """Return the attempts to send a message: at, outcome and, when it failed, error (code, title, detail)."""
        found = await self._mongo.collection(outbound.COLLECTION).find_one({"_id": message_id}, {"attempts": 1})
        return list((found or {}).get("attempts", []))


def _older(offset: int) -> Document:
    """Return the condition for replays of an earlier version; replays without an offset count as earlier."""
    if offset < 0:
        return {"offset": {"$lt": offset}}
    return {"$or": [{"offset": {"$lt": offset}}, {"offset": {"$exists": False}}]}


def _replay(document: Document) -> ReplayRecord:
    return ReplayRecord(
        id=document["_id"],
        count=document["count"],
        times=[(item["at"], item["by"]) for item in document["replays"]],
        offset=document.get("offset", _FIRST),
    )
