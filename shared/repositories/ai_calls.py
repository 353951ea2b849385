"""What each answer of a model took and cost. One writer: ai."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.repositories.documents import to_document
from shared.repositories.mongo import Duplicate, Mongo
from shared.repositories.scoped import Scoped

COLLECTION = "ai_calls"
INDEXES = [
    IndexModel([("workspace", 1), ("finished_at", -1)], name="recent"),
    IndexModel([("correlation_id", 1)], name="correlation"),
]


class AiCall(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to one request. outcome: `answered`, or why not. Tokens as the vendor counts them; times in UTC."""

    id: str
    workspace: str
    conversation_id: str
    correlation_id: str
    requested_at: datetime
    started_at: datetime
    finished_at: datetime
    model: str
    outcome: str
    attempts: int
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    error: str = ""


class AiCalls:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, call: AiCall) -> None:
        """Store what an answer took; storing it again changes nothing."""
        document = to_document(call)
        document["_id"] = document.pop("id")
        try:
            await self._collection.insert(document)
        except Duplicate:
            return
