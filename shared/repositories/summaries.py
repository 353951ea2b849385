"""Summaries of long conversations, of the turns before those that a prompt shows. One writer: ai."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "summaries"
INDEXES = [IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation")]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a conversation up to and including the turn `up_to`. text: a model's text about customers' text,
    so data."""

    conversation_id: str
    up_to: int
    text: str
    at: datetime


class Summaries:
    """The summaries of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, conversation_id: str) -> Summary | None:
        """Return the summary of a conversation; None: there is none yet."""
        found = await self._collection.find_one({"_id": conversation_id})
        return from_document(found, Summary) if found else None

    async def put(self, summary: Summary) -> bool:
        """Store a summary; return False, and change nothing, when one that covers as many turns exists."""
        query = {"_id": summary.conversation_id, "up_to": {"$lt": summary.up_to}}
        try:
            await self._collection.update(query, {"$set": to_document(summary)}, upsert=True)
        except Duplicate:
            return False
        return True
