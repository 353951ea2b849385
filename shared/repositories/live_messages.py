"""Messages by their ids, for live events: of customers and ours, as stored, without payloads and histories."""

from collections.abc import Collection

from shared.repositories import inbound, outbound
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

_WITHOUT: Document = {"raw": 0, "attempts": 0, "claim": 0}


class LiveMessages:
    """Of one workspace. All methods raise DependencyAway; missing messages are left out."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._inbound = Scoped(mongo.collection(inbound.COLLECTION), workspace)
        self._outbound = Scoped(mongo.collection(outbound.COLLECTION), workspace)

    async def inbound(self, ids: Collection[str]) -> list[Document]:
        """Return messages of customers."""
        return await self._inbound.find({"_id": {"$in": list(ids)}}, fields=_WITHOUT, limit=max(1, len(ids)))

    async def outbound(self, ids: Collection[str]) -> list[Document]:
        """Return messages to customers."""
        return await self._outbound.find({"_id": {"$in": list(ids)}}, fields=_WITHOUT, limit=max(1, len(ids)))

    async def ids(self, conversation_id: str) -> tuple[list[str], list[str]]:
        """Return the ids of all messages of a conversation: of the customer, and ours. For measurements and tests."""
        query: Document = {"conversation_id": conversation_id}
        theirs = await self._inbound.find(query, fields={"_id": 1}, limit=100_000)
        ours = await self._outbound.find(query, fields={"_id": 1}, limit=100_000)
        return [item["_id"] for item in theirs], [item["_id"] for item in ours]
