"""Providers' events about accounts, numbers and templates, unchanged. Writer: delivery; kept for 90 days."""

from datetime import datetime

from pymongo import DESCENDING, IndexModel

from shared.messages.inbound import AccountEvent
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "account_events"
KEPT_DAYS = 90
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1)], name="newest"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class AccountEvents:
    """Events of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, event: AccountEvent, kind: str, follows: str, description: str = "") -> bool:
        """Store an event; return False if it is stored already. kind: its field and word. follows: the action taken.
        description: for people.
        """
        document: Document = {
            "_id": event.id,
            "provider": event.provider.value,
            "account": event.account,
            "channel": event.channel,
            "kind": kind[:200],
            "follows": follows,
            "description": description[:200] or kind[:200],
            "at": event.created_at,
            "raw": bytes(event.raw).decode(errors="replace"),
        }
        try:
            await self._collection.insert(document)
        except Duplicate:
            return False
        return True

    async def of_field(self, field: str, limit: int = 200) -> list[Document]:
        """Return the events of one field, the newest first."""
        query: Document = {"kind": {"$regex": f"^{field}( |$)"}}
        return await self._collection.find(query, sort=[("at", DESCENDING), ("_id", 1)], limit=limit)

    async def newest(self, limit: int, *, since: datetime | None = None) -> list[Document]:
        """Return stored events, the newest first."""
        query: Document = {"at": {"$gte": since}} if since else {}
        return await self._collection.find(query, sort=[("at", DESCENDING), ("_id", 1)], limit=limit)
