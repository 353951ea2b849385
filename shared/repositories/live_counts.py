"""Conversations in which customers wrote, and new customers, of a short period: counted when somebody asks, because
counts of quarters do not add up to them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from shared.domain.statistics import LiveMeasure
from shared.repositories import customers, inbound
from shared.repositories.counted_items import CountedItem, next_quarter
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

MOST = timedelta(days=8)
"""The longest period that can be counted: a week, on whichever days the clock changes."""

_Before = tuple[datetime, str] | None


class LiveCounts:
    """Of one workspace. since, until: by whole quarters, as statistics count them. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._messages = Scoped(mongo.collection(inbound.COLLECTION), workspace)
        self._customers = Scoped(mongo.collection(customers.COLLECTION), workspace)

    async def conversations(self, since: datetime, until: datetime, channels: Collection[str] = ()) -> int:
        """Return in how many conversations customers wrote. channels: empty: all."""
        stages: list[Document] = [{"$group": {"_id": "$conversation_id"}}, {"$count": "number"}]
        found = await self._messages.aggregate(_received(since, until, channels), stages)
        return int(found[0]["number"]) if found else 0

    async def new_customers(self, since: datetime, until: datetime) -> int:
        """Return how many customers have been known since then, imported ones too."""
        return await self._customers.count({"first_seen_at": _period(since, until)})

    async def page(
        self,
        measure: LiveMeasure,
        since: datetime,
        until: datetime,
        *,
        channels: Collection[str] = (),
        before: _Before = None,
        limit: int = 50,
    ) -> list[CountedItem]:
        """Return what is counted, the newest first. channels: empty: all; ignored for new customers.

        before: time and id of the last one before.
        """
        if measure is LiveMeasure.NEW_CUSTOMERS:
            return await self._new_customers_page(since, until, before, limit)
        last = {"at": {"$max": "$received_at"}, "channel": {"$first": "$channel"}}
        stages: list[Document] = [{"$group": {"_id": "$conversation_id", **last}}]
        if before is not None:
            stages.append({"$match": _after("at", before)})
        stages += [{"$sort": {"at": -1, "_id": -1}}, {"$limit": limit}]
        found = await self._messages.aggregate(_received(since, until, channels), stages)
        return [
            CountedItem(
                id=one["_id"], at=one["at"], conversation_id=one["_id"], message="", label="", channel=one["channel"]
            )
            for one in found
        ]

    async def _new_customers_page(
        self, since: datetime, until: datetime, before: _Before, limit: int
    ) -> list[CountedItem]:
        query: Document = {"first_seen_at": _period(since, until)}
        if before is not None:
            query |= _after("first_seen_at", before)
        sort = [("first_seen_at", -1), ("_id", -1)]
        found = await self._customers.find(query, fields={"first_seen_at": 1, "created_by": 1}, sort=sort, limit=limit)
        return [
            CountedItem(
                id=str(one["_id"]),
                at=one["first_seen_at"],
                conversation_id="",
                message="",
                label=str(one.get("created_by") or ""),
                channel="",
                customer=str(one["_id"]),
            )
            for one in found
        ]


def _received(since: datetime, until: datetime, channels: Collection[str]) -> Document:
    wanted: Document = {"channel": {"$in": sorted(channels)}} if channels else {}
    return {"received_at": _period(since, until), **wanted}


def _period(since: datetime, until: datetime) -> Document:
    return {"$gte": next_quarter(since), "$lt": next_quarter(until)}


def _after(time: str, before: tuple[datetime, str]) -> Document:
    at, id_ = before
    return {"$or": [{time: {"$lt": at}}, {time: at, "_id": {"$lt": id_}}]}
