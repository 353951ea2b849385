"""What was said in long conversations before the turns that a model is shown, in few words. One writer: ai."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "summaries"
INDEXES = [IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation")]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Of one conversation, up to and with the turn `up_to`. text: a model's words; of what people said, so data."""

    conversation_id: str
    up_to: int
    text: str
    at: datetime


class Summaries:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, conversation_id: str) -> Summary | None:
        """The one that goes furthest; None: there is none yet."""
        found = await self._collection.find_one({"_id": conversation_id})
        return from_document(found, Summary) if found else None

    async def put(self, summary: Summary) -> bool:
        """Store one; False, and nothing changes, when one that goes as far is there."""
        query = {"_id": summary.conversation_id, "up_to": {"$lt": summary.up_to}}
        try:
            await self._collection.update(query, {"$set": to_document(summary)}, upsert=True)
        except Duplicate:
            return False
        return True
