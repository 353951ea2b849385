"""Stopped channels, and why. One writer: delivery; operators may request that a channel is resumed.

A channel is stopped when the provider refuses it as a whole (token expired, account locked). Its messages are held
(`shared.repositories.outbound`) until its credential changes or an operator resumes it. This reads across workspaces,
because one process resumes the channels of all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from pymongo import IndexModel

from shared.messages.inbound import ProviderError
from shared.providers.port import Channel
from shared.repositories import outbound
from shared.storage.documents import from_document, plain
from shared.storage.mongo import Document, Duplicate, Find, Mongo

COLLECTION = "channels"
INDEXES = [
    IndexModel([("state", 1)], name="stopped", partialFilterExpression={"state": "stopped"}),
    IndexModel([("announced", 1)], name="unannounced", partialFilterExpression={"announced": False}),
]
_MOST = 10_000
_RESUMED = "ok"
_STOPPED: Document = {"state": "stopped"}
_UNANNOUNCED: Document = {"announced": False}
_HELD: Document = {"state": "held"}
_HELD_ORDER = [("workspace", 1), ("channel", 1)]  # that of the index, which is not used without it
FIND_STOPPED = Find(collection=COLLECTION, query=_STOPPED, fields={"_id": 1})
"""The query for one stopped channel."""
FIND_UNANNOUNCED = Find(collection=COLLECTION, query=_UNANNOUNCED, fields={"_id": 1})
"""The query for one channel whose last change is not known to be published."""
FIND_HELD = Find(collection=outbound.COLLECTION, query=_HELD, fields={"_id": 1}, sort=_HELD_ORDER)
"""The query for one held message."""


class StoppedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A stopped channel. credential: the refused one (`shared.providers.port.Channel`)."""

    workspace: str
    channel: str
    provider: str
    credential: str
    since: datetime
    error: dict[str, str] = {}
    resume_requested: bool = False


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """The last change of a channel. resumed: False: it was stopped. stopped_at: also of a channel that is resumed."""

    workspace: str
    channel: str
    resumed: bool
    stopped_at: datetime


class ChannelStates:
    """All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._states = mongo.collection(COLLECTION)
        self._outbound = mongo.collection(outbound.COLLECTION)

    async def stop(self, channel: Channel, error: ProviderError, at: datetime) -> bool:
        """Mark a channel as stopped for a refusal at `at`. Return False when it is stopped already with this
        credential, or was resumed after `at`.
        """
        other = {
            "$and": [
                {
                    "$or": [
                        {"state": {"$ne": "stopped"}},
                        {"credential": {"$nin": [channel.credential, channel.sealed_credential]}},
                    ]
                },
                {"$or": [{"mended_at": {"$exists": False}}, {"mended_at": {"$lt": at}}]},
            ]
        }
        change = {
            "workspace": channel.workspace,
            "channel": channel.id,
            "provider": channel.provider.value,
            "state": "stopped",
            "credential": channel.credential,
            "error": plain(error),
            "since": at,
            "resume_requested": False,
            "announced": False,
        }
        try:
            name = _id(channel.workspace, channel.id)
            await self._states.update({"_id": name, **other}, {"$set": change}, upsert=True)
        except Duplicate:  # it is stored, and the filter excluded it
            return False
        return True

    async def unannounced(self, before: datetime) -> list[ChannelChange]:
        """Return the last changes, made before a time, whose event is not known to be published; at most ten thousand.

        A change that was followed by another one is not among them.
        """
        found = await self._states.find(_UNANNOUNCED, limit=_MOST)
        return [
            ChannelChange(item["workspace"], item["channel"], item["state"] == _RESUMED, item["since"])
            for item in found
            if (item["mended_at"] if item["state"] == _RESUMED else item["since"]) < before
        ]

    async def mark_announced(self, change: ChannelChange) -> None:
        """Record that the event of a change has been published, unless the channel has changed anew meanwhile."""
        name = _id(change.workspace, change.channel)
        state = _RESUMED if change.resumed else "stopped"
        await self._states.update(
            {"_id": name, "state": state, "since": change.stopped_at}, {"$set": {"announced": True}}
        )

    async def stopped(self) -> list[StoppedChannel]:
        """Return all stopped channels, at most ten thousand."""
        found = await self._states.find(_STOPPED, sort=[("_id", 1)], limit=_MOST)
        return [from_document(document, StoppedChannel) for document in found]

    async def stopped_channel(self, workspace: str, channel: str) -> StoppedChannel | None:
        """Return one channel if it is stopped, or None."""
        found = await self._states.find_one({"_id": _id(workspace, channel), **_STOPPED})
        return from_document(found, StoppedChannel) if found else None

    async def stopped_of(self, workspace: str) -> list[StoppedChannel]:
        """Return the stopped channels of one workspace."""
        found = await self._states.find({**_STOPPED, "workspace": workspace}, sort=[("_id", 1)])
        return [from_document(document, StoppedChannel) for document in found]

    async def mark_resumed(self, stopped: StoppedChannel, at: datetime) -> bool:
        """Mark a channel as resumed; return False when it was stopped anew meanwhile, or resumed already.

        `unannounced` returns it until its event is published (`mark_announced`).
        """
        matched = await self._states.update(
            {
                "_id": _id(stopped.workspace, stopped.channel),
                "state": "stopped",
                "credential": stopped.credential,
                "since": stopped.since,
            },
            {"$set": {"state": _RESUMED, "mended_at": at, "resume_requested": False, "announced": False}},
        )
        return matched == 1

    async def delete(self, stopped: StoppedChannel) -> None:
        """Delete the state of a stopped channel that no longer exists, unless it was stopped anew meanwhile."""
        await self._states.delete(
            {
                "_id": _id(stopped.workspace, stopped.channel),
                "state": "stopped",
                "credential": stopped.credential,
                "since": stopped.since,
            }
        )

    async def request_resume(self, workspace: str, channel: str, *, command: str = "") -> bool:
        """Request for an operator that a channel is resumed; return False when it is not stopped.

        command: id of the operator's command, if one asks for it; it returns True again when it has asked before.
        """
        by = {"command": command} if command else {}
        matched = await self._states.update(
            {"_id": _id(workspace, channel), "state": "stopped"}, {"$set": {"resume_requested": True, **by}}
        )
        if matched or not command:
            return matched == 1
        return await self._states.find_one({"_id": _id(workspace, channel), **by}) is not None

    async def channels_with_held(self) -> list[tuple[str, str]]:
        """Return the channels (workspace, channel) for which messages are held."""
        found: list[tuple[str, str]] = []
        query = _HELD
        while len(found) < _MOST:
            first = await self._outbound.find(query, fields={"workspace": 1, "channel": 1}, sort=_HELD_ORDER, limit=1)
            if not first:
                break
            workspace, channel = first[0]["workspace"], first[0]["channel"]
            found.append((workspace, channel))
            beyond = [{"workspace": {"$gt": workspace}}, {"workspace": workspace, "channel": {"$gt": channel}}]
            query = {**_HELD, "$or": beyond}
        return found

    async def how_many_held(self, workspace: str, channel: str) -> str:
        """Return in words how many messages are held for a channel, counted up to ten thousand."""
        query = {"state": "held", "workspace": workspace, "channel": channel}
        count = await self._outbound.count(query, limit=_MOST, hint=outbound.HELD_INDEX)
        return f"{_MOST} or more" if count == _MOST else str(count)

    async def held_of(self, workspace: str) -> dict[str, int]:
        """Return how many messages are held for each channel of a workspace, together counted up to ten thousand."""
        query = {"state": "held", "workspace": workspace}
        grouped: list[Document] = [{"$limit": _MOST}, {"$group": {"_id": "$channel", "count": {"$sum": 1}}}]
        found = await self._outbound.aggregate(query, grouped, hint=outbound.HELD_INDEX)
        return {item["_id"]: item["count"] for item in found}

    async def lease(self, workspace: str, channel: str, owner: str, at: datetime, seconds: float) -> bool:
        """Lease the release of a channel's messages for so many seconds; return False while another replica has it."""
        free = {"$or": [{"lease_until": {"$exists": False}}, {"lease_until": {"$lt": at}}, {"lease_by": owner}]}
        try:
            matched = await self._states.update(
                {"_id": _id(workspace, channel), **free},
                {"$set": {"lease_until": at + timedelta(seconds=seconds), "lease_by": owner}},
                upsert=True,
            )
        except Duplicate:  # it is stored, and the filter excluded it
            return False
        return matched == 1


def _id(workspace: str, channel: str) -> str:
    return f"{workspace}/{channel}"
