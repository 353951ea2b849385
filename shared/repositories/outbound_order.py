"""The order of a conversation's messages in `outbound`, by `turn` and `index`. Broadcasts are left out: no reply waits
for those.

`follows` of a document is the id of the message that was the last one when this one was stored (of the first message:
the conversation's id). It is unique. So a process that knows the last message need not read it again: if another
message was stored after it meanwhile, by whichever process, storing fails. A message that becomes `waiting` again after
its end takes the place after itself (`outbound_pipelines.reopen`), which has the same effect.
"""

from pymongo import IndexModel

from shared.messages.outbound import Author
from shared.repositories.outbound_documents import COLLECTION
from shared.repositories.outbound_views import PreviousMessage
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

INDEX = IndexModel([("follows", 1)], name="order", unique=True, sparse=True)
_FIELDS: Document = {name: 1 for name in PreviousMessage.__struct_fields__ if name != "id"}


class PlaceTaken(Exception):
    """Raised when another message has been stored after the same one."""


class OutboundOrder:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def last(self, conversation_id: str) -> PreviousMessage | None:
        """Return the last message of the conversation."""
        return await self._last_of({"conversation_id": conversation_id})

    async def previous(self, conversation_id: str, turn: int, index: int) -> PreviousMessage | None:
        """Return the message of the conversation before the one at `turn` and `index`."""
        found: PreviousMessage | None = None
        if index > 0:
            found = await self._last_of({"conversation_id": conversation_id, "turn": turn, "index": {"$lt": index}})
        return found or await self._last_of({"conversation_id": conversation_id, "turn": {"$lt": turn}})

    async def _last_of(self, query: Document) -> PreviousMessage | None:
        query["author"] = {"$ne": Author.BROADCAST.value}
        found = await self._collection.find(query, fields=_FIELDS, sort=[("turn", -1), ("index", -1)], limit=1)
        return from_document({**found[0], "id": found[0]["_id"]}, PreviousMessage) if found else None
