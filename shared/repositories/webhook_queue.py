"""Calls of webhooks out that are due, of all workspaces.

They are taken by webhook, from an index that begins with it. So the calls of an endpoint that cannot be reached stay
due and are read by nobody, and the cost of finding what is due depends on the number of webhooks whose calls wait, not
on that of the calls.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, Self

import msgspec

from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_deliveries import BY_AGE, BY_ENDPOINT, COLLECTION, endpoint_name
from shared.storage.mongo import Document, Find, Mongo


def find_due(now: datetime) -> Find:
    """Return the query for one call that is due."""
    return Find(collection=COLLECTION, query=_due(now), fields={"_id": 1})


def _due(now: datetime) -> Document:
    return {"next_at": {"$lte": now}}


class WebhookKey(NamedTuple):
    """A webhook of a workspace."""

    workspace: str
    webhook: str


class DueWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is due. since: when it was first due. tries: attempts so far. error: of the last one."""

    delivery: WebhookDelivery
    since: datetime
    tries: int
    error: str

    @classmethod
    def of(cls, found: Document) -> Self:
        """Return a call as it is stored."""
        delivery = msgspec.convert(found["delivery"], WebhookDelivery)
        return cls(delivery=delivery, since=found["since"], tries=found["tries"], error=found["error"])


class WebhookQueue:
    """Of all workspaces. Raises DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def due(self, now: datetime) -> list[WebhookKey]:
        """Return the webhooks that have due calls, at most 10,000. It reads an index entry for each webhook whose calls
        wait.
        """
        first: list[Document] = [
            {"$sort": {"endpoint": 1, "next_at": 1}},
            {"$group": {"_id": "$endpoint", "next_at": {"$first": "$next_at"}}},
            {"$match": {"$or": [_due(now), {"_id": None}]}},
        ]
        found = [one["_id"] for one in await self._collection.aggregate({}, first)]
        if None in found:
            await self._adopt(now)
        return [WebhookKey(*name.split("/")) for name in found if name is not None]

    async def take(self, key: WebhookKey, now: datetime, *, lease: timedelta) -> DueWebhook | None:
        """Return the call of a webhook that is due first and lease it to this replica; None: none is due."""
        query = {"endpoint": endpoint_name(*key), **_due(now)}
        found = await self._collection.find_and_update(query, {"$set": {"next_at": now + lease}}, hint=BY_ENDPOINT)
        return DueWebhook.of(found) if found else None

    async def take_old(self, before: datetime, now: datetime, *, lease: timedelta, limit: int) -> list[Document]:
        """Return at most `limit` due calls, for `DueWebhook.of`, that were first due before a time, and lease them to
        this replica.
        """
        old: Document = {"since": {"$lte": before}, **_due(now)}
        found = await self._collection.find(old, fields={"_id": 1}, limit=limit, hint=BY_AGE)
        change = {"$set": {"next_at": now + lease}}
        taken = [await self._collection.find_and_update({"_id": one["_id"], **old}, change) for one in found]
        return [one for one in taken if one is not None]

    async def _adopt(self, now: datetime) -> None:
        """Name the endpoint in calls that the previous version stored; the next look finds them. It had postponed those
        whose endpoint could not be reached: they are due.
        """
        name = {"$concat": ["$workspace", "/", "$webhook"]}
        due = {"$cond": ["$unreachable", {"$min": ["$next_at", now]}, "$next_at"]}
        await self._collection.update_many({"endpoint": None}, [{"$set": {"endpoint": name, "next_at": due}}])
