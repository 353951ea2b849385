"""Queries across workspaces, for operators' tools (`parley trace`, `chat`, `dlq`). Services must not import it: they
use repositories of one workspace. It writes nothing.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pymongo import DESCENDING

from shared.domain.broadcast import Broadcast
from shared.repositories import (
    ai_calls,
    broadcasts,
    conversations,
    dead_letter_replays,
    inbound,
    outbound,
    webhook_deliveries,
    workspaces,
)
from shared.repositories.dead_letter_replays import ReplayRecord, replay_of
from shared.repositories.exchanges import MOST, Exchange, Exchanges
from shared.storage.mongo import Document, Mongo

_AT_ONCE = 1000  # ids in one query
_PREFIX = re.compile(r"[0-9a-f]{8,32}")
_MOST_WORKSPACES = 100_000
_TRACED = (inbound.COLLECTION, ai_calls.COLLECTION, outbound.COLLECTION)


class Ambiguous(Exception):
    """Raised for a prefix that several exchanges begin with."""


@dataclass(frozen=True, slots=True)
class FailingWebhook:
    """A webhook out whose failed calls wait for another attempt. since: when the oldest of them failed first. error:
    of one of them.
    """

    workspace: str
    webhook: str
    waiting: int
    since: datetime
    error: str


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

    async def newest_broadcasts(self, limit: int, workspace: str = "", stage: str = "") -> list[Broadcast]:
        """Return the last broadcasts, the newest first. workspace, stage: only of this one; empty: of all."""
        query = {name: value for name, value in (("workspace", workspace), ("stage", stage)) if value}
        found = await self._mongo.collection(broadcasts.COLLECTION).find(
            query, sort=[("created_at", DESCENDING), ("_id", 1)], limit=limit
        )
        return [broadcasts.broadcast_of(item) for item in found]

    async def failing_webhooks(self) -> list[FailingWebhook]:
        """Return the webhooks out whose failed calls wait, those with the most of them first."""
        grouped: list[Document] = [
            {
                "$group": {
                    "_id": {"workspace": "$workspace", "webhook": "$webhook"},
                    "waiting": {"$sum": 1},
                    "since": {"$min": "$since"},
                    "error": {"$last": "$error"},
                }
            },
            {"$sort": {"waiting": -1, "_id": 1}},
        ]
        found = await self._mongo.collection(webhook_deliveries.COLLECTION).aggregate({}, grouped)
        return [
            FailingWebhook(
                item["_id"]["workspace"], item["_id"]["webhook"], item["waiting"], item["since"], item["error"]
            )
            for item in found
        ]

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
            found = await self._mongo.collection(dead_letter_replays.COLLECTION).find(
                {"_id": {"$in": some}}, limit=_AT_ONCE
            )
            replays |= {item["_id"]: replay_of(item) for item in found}
        return replays

    async def attempts(self, message_id: str) -> list[Document]:
        """Return the attempts to send a message: at, outcome and, when it failed, error (code, title, detail)."""
        found = await self._mongo.collection(outbound.COLLECTION).find_one({"_id": message_id}, {"attempts": 1})
        return list((found or {}).get("attempts", []))
