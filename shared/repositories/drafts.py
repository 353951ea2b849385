"""Texts that people have begun to write in conversations. Written by the console for the person; erased with the
customer.
"""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "drafts"
KEPT_DAYS = 30
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A person's unsent answer in a conversation, and their unsent note for colleagues. template: the template that is
    being filled, as the browser has it. reply_to: id of the quoted message. intent: the idempotency key with which the
    answer will be sent.
    """

    text: str
    at: datetime
    template: dict[str, Any] | None = None
    reply_to: str = ""
    intent: str = ""
    note: str = ""


class Drafts:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, user: str, conversation_id: str) -> Draft | None:
        """Return a person's draft in a conversation."""
        found = await self._collection.find_one({"_id": self._id(user, conversation_id)})
        return from_document(found, Draft) if found else None

    async def put(self, user: str, conversation_id: str, draft: Draft) -> None:
        """Store a draft instead of the person's former one in the conversation."""
        query = {"_id": self._id(user, conversation_id)}
        change = {"$set": {"user": user, "conversation_id": conversation_id, **to_document(draft)}}
        try:
            await self._collection.update(query, change, upsert=True)
        except Duplicate:  # another device has just stored one
            await self._collection.update(query, change)

    async def remove(self, user: str, conversation_id: str) -> bool:
        """Remove a draft; return whether there was one."""
        return bool(await self._collection.delete({"_id": self._id(user, conversation_id)}))

    def _id(self, user: str, conversation_id: str) -> str:
        return f"{self._collection.workspace}:{user}:{conversation_id}"
