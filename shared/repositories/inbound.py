"""Customers' messages, each with its raw payload. One writer: the router."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.messages.content import text_of
from shared.messages.inbound import InboundMessage
from shared.repositories.documents import from_document, plain
from shared.repositories.mongo import Document, Duplicate, Mongo
from shared.repositories.scoped import Scoped

COLLECTION = "messages"
_EDITS = 10  # earlier texts kept
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1)], name="history"),
    IndexModel([("provider_message_id", 1)], name="provider_id"),
    IndexModel([("correlation_id", 1)], name="correlation"),
]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's message as the history has it. text: in words; content: all of it, as plain JSON values."""

    id: str
    turn: int
    text: str
    content: dict[str, object]
    received_at: datetime


class InboundMessages:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def known(self, message_id: str) -> bool:
        """Whether the message has been processed, however long ago."""
        return await self._collection.find_one({"_id": message_id}, {"_id": 1}) is not None

    async def add(self, message: InboundMessage, *, turn: int, decision: str, routed_at: datetime) -> None:
        """Store a message; storing it again changes nothing."""
        try:
            await self._collection.insert(_document(message, turn, decision, routed_at))
        except Duplicate:
            return

    async def edited(self, conversation_id: str, provider_message_id: str, body: str | None, at: datetime) -> None:
        """The customer changed a message (what it said before is kept in `edits`) or, with None, took it back: then
        its words go, also from the raw payload. A message that is not there is left alone; doing it again is harmless.
        """
        mine = {"conversation_id": conversation_id, "provider_message_id": provider_message_id}
        if body is None:
            gone: Document = {"text": "", "content": {"type": "revoke"}, "raw": "{}", "taken_back_at": at, "edits": []}
            await self._collection.update({**mine, "taken_back_at": None}, {"$set": gone})
            return
        change: list[Document] = [
            {
                "$set": {
                    "edits": {
                        "$slice": [
                            {"$concatArrays": [{"$ifNull": ["$edits", []]}, [{"text": "$text", "until": at}]]},
                            -_EDITS,
                        ]
                    },
                    "text": {"$literal": body},
                    "edited_at": at,
                }
            }
        ]
        newer = {"$or": [{"edited_at": None}, {"edited_at": {"$lt": at}}]}
        await self._collection.update({**mine, "taken_back_at": None, **newer}, change)

    async def last(self, conversation_id: str, *, up_to_turn: int, limit: int) -> list[Heard]:
        """The last `limit` messages up to a turn, oldest first."""
        found = await self._collection.find(
            {"conversation_id": conversation_id, "turn": {"$lte": up_to_turn}},
            fields={"turn": 1, "text": 1, "content": 1, "received_at": 1},
            sort=[("turn", -1)],
            limit=limit,
        )
        return [from_document({**item, "id": item["_id"]}, Heard) for item in reversed(found)]


def _document(message: InboundMessage, turn: int, decision: str, routed_at: datetime) -> Document:
    return {
        "_id": message.id,
        "workspace": message.workspace,
        "conversation_id": message.conversation_id,
        "correlation_id": message.correlation_id,
        "channel": message.channel,
        "provider": message.provider.value,
        "provider_message_id": message.provider_message_id,
        "turn": turn,
        "text": text_of(message.content),
        "content": plain(message.content),
        "context": plain(message.context),
        "sender": plain(message.sender),
        "sent_at": message.sent_at,
        "received_at": message.created_at,
        "routed_at": routed_at,
        "decision": decision,
        "raw": bytes(message.raw).decode(errors="replace"),
    }
