"""Which channels have been stopped, and why. One writer: delivery; operators may ask for a channel to be resumed.

A channel is stopped when the provider refuses it as a whole (token expired, account locked). Its messages are held
(`shared.repositories.outbound`) until its credential is another one, or an operator says that it is mended. This looks
across workspaces, because one watch is kept over the channels of all.
"""

from datetime import datetime, timedelta

import msgspec
from pymongo import IndexModel

from shared.messages.inbound import ProviderError
from shared.providers.port import Channel
from shared.repositories import outbound
from shared.storage.documents import from_document, plain
from shared.storage.mongo import Document, Duplicate, Mongo

COLLECTION = "channels"
INDEXES = [IndexModel([("state", 1)], name="stopped", partialFilterExpression={"state": "stopped"})]
_MOST = 10_000


class StoppedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A stopped channel. credential: the one that was refused (`shared.providers.port.Channel`)."""

    workspace: str
    channel: str
    provider: str
    credential: str
    since: datetime
    error: dict[str, str] = {}
    resume_requested: bool = False


class ChannelStates:
    """All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._states = mongo.collection(COLLECTION)
        self._outbound = mongo.collection(outbound.COLLECTION)

    async def stop(self, channel: Channel, error: ProviderError, at: datetime) -> bool:
        """Mark a channel as stopped because of what happened at `at`. False when it is stopped already, with this
        credential, or has been mended since.
        """
        other = {
            "$and": [
                {"$or": [{"state": {"$ne": "stopped"}}, {"credential": {"$ne": channel.credential}}]},
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
        }
        try:
            name = _id(channel.workspace, channel.id)
            await self._states.update({"_id": name, **other}, {"$set": change}, upsert=True)
        except Duplicate:  # it is there, and the filter left it out
            return False
        return True

    async def stopped(self) -> list[StoppedChannel]:
        """All stopped channels, at most ten thousand."""
        found = await self._states.find({"state": "stopped"}, sort=[("_id", 1)], limit=_MOST)
        return [from_document(document, StoppedChannel) for document in found]

    async def mended(self, stopped: StoppedChannel, at: datetime) -> bool:
        """The channel works again; False when it has been stopped anew meanwhile, or somebody else said so."""
        matched = await self._states.update(
            {
                "_id": _id(stopped.workspace, stopped.channel),
                "state": "stopped",
                "credential": stopped.credential,
                "since": stopped.since,
            },
            {"$set": {"state": "ok", "mended_at": at, "resume_requested": False}},
        )
        return matched == 1

    async def request_resume(self, workspace: str, channel: str) -> bool:
        """For operators: have a stopped channel tried again. False when it is not stopped."""
        matched = await self._states.update(
            {"_id": _id(workspace, channel), "state": "stopped"}, {"$set": {"resume_requested": True}}
        )
        return matched == 1

    async def holding(self) -> list[tuple[str, str]]:
        """The channels (workspace, channel) for which messages are held."""
        found: list[tuple[str, str]] = []
        query: Document = {"state": "held"}
        while len(found) < _MOST:
            first = await self._outbound.find(
                query, fields={"workspace": 1, "channel": 1}, sort=[("workspace", 1), ("channel", 1)], limit=1
            )
            if not first:
                break
            workspace, channel = first[0]["workspace"], first[0]["channel"]
            found.append((workspace, channel))
            beyond = [{"workspace": {"$gt": workspace}}, {"workspace": workspace, "channel": {"$gt": channel}}]
            query = {"state": "held", "$or": beyond}
        return found

    async def how_many_held(self, workspace: str, channel: str) -> str:
        """How many messages are held for a channel, in words: counted up to ten thousand."""
        query = {"state": "held", "workspace": workspace, "channel": channel}
        found = await self._outbound.find(query, fields={"_id": 1}, limit=_MOST)
        return f"{_MOST} or more" if len(found) == _MOST else str(len(found))

    async def lease(self, workspace: str, channel: str, owner: str, at: datetime, seconds: float) -> bool:
        """Be the one who releases the channel's messages, for so long; False while somebody else is."""
        free = {"$or": [{"lease_until": {"$exists": False}}, {"lease_until": {"$lt": at}}, {"lease_by": owner}]}
        try:
            matched = await self._states.update(
                {"_id": _id(workspace, channel), **free},
                {"$set": {"lease_until": at + timedelta(seconds=seconds), "lease_by": owner}},
                upsert=True,
            )
        except Duplicate:  # it is there, and the filter left it out
            return False
        return matched == 1


def _id(workspace: str, channel: str) -> str:
    return f"{workspace}/{channel}"
