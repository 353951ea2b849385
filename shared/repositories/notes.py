"""Notes of agents on conversations, for their colleagues. One writer: the router. Erased with the customer."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.domain.conversation import NoteAdded
from shared.errors import Conflict
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "notes"
INDEXES = [IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", 1), ("at", 1)], name="conversation")]


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note. id: of the command that added it. turn: the conversation's latest turn then. by: the agent's id."""

    id: str
    conversation_id: str
    turn: int
    at: datetime
    by: str
    text: str


class Notes:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, cause: str, conversation_id: str, effect: NoteAdded, at: datetime) -> bool:
        """Store a note; return False, and change nothing, when the same cause has added it before. Raises Conflict if
        the cause is another workspace's.
        """
        document: Document = {
            "_id": cause,
            "conversation_id": conversation_id,
            "turn": effect.turn,
            "at": at,
            "by": effect.by,
            "text": effect.text,
        }
        try:
            await self._collection.insert(document)
        except Duplicate:
            if await self._collection.find_one({"_id": cause}, {"_id": 1}) is None:
                raise Conflict(cause) from None
            return False
        return True

    async def of_turns(self, conversation_id: str, first: int, last: int, *, limit: int = 200) -> list[Note]:
        """Return the notes of these turns, the oldest first."""
        query: Document = {"conversation_id": conversation_id, "turn": {"$gte": first, "$lte": last}}
        found = await self._collection.find(query, sort=[("turn", 1), ("at", 1)], limit=limit)
        return [from_document({**item, "id": item["_id"]}, Note) for item in found]
