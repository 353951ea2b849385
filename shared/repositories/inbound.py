"""Customers' messages with their raw payloads. One writer: the router."""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from shared.messages.ai import QuestionMessage
from shared.messages.content import text_of
from shared.messages.content_text import stored_content_text
from shared.messages.inbound import InboundMessage
from shared.repositories import inbound_edits
from shared.storage.documents import from_document, plain
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "messages"
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1)], name="history"),
    IndexModel([("workspace", 1), ("received_at", -1), ("_id", -1)], name="newest"),
    IndexModel([("provider_message_id", 1)], name="provider_id"),
    IndexModel([("correlation_id", 1)], name="correlation"),
]


STORED_INBOUND_FIELDS: Document = dict.fromkeys(
    ("turn", "text", "content", "received_at", "taken_back_at", "context", "provider_message_id"), 1
)


class StoredInbound(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's message in the history. text: the customer's words; content: all of it, as plain JSON.
    taken_back_at: when the customer deleted it. context: its references, as plain JSON (see
    `shared.messages.inbound.Context`).
    """

    id: str
    turn: int
    text: str
    content: dict[str, object]
    received_at: datetime
    taken_back_at: datetime | None = None
    context: dict[str, Any] = {}
    provider_message_id: str = ""

    @property
    def words(self) -> str:
        """The content in words; empty for edits and deletions of other messages."""
        return "(a message that was taken back)" if self.taken_back_at else stored_content_text(self.content)


def stored_inbound(message: QuestionMessage, turn: int) -> StoredInbound:
    """Return a message as it is read when it has been stored."""
    return StoredInbound(
        id=message.id,
        turn=turn,
        text=text_of(message.content),
        content=plain(message.content),
        received_at=message.received_at,
        context=plain(message.context),
        provider_message_id=message.provider_message_id,
    )


class InboundMessages:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def is_stored(self, message_id: str) -> bool:
        """Return whether the message is stored, however old."""
        return await self._collection.find_one({"_id": message_id}, {"_id": 1}) is not None

    async def add(self, message: InboundMessage, *, turn: int, decision: str, routed_at: datetime) -> bool:
        """Store a message; False if it is stored already, which changes nothing."""
        try:
            await self._collection.insert(inbound_document(message, turn, decision, routed_at))
        except Duplicate:
            return False
        return True

    async def apply_edit(self, conversation_id: str, provider_message_id: str, body: str | None, at: datetime) -> None:
        """Apply the customer's edit of a message or, with body None, its deletion; see
        `shared.repositories.inbound_edits`.

        Ignores messages that are missing or of another conversation. Idempotent.
        """
        mine = {"conversation_id": conversation_id}
        the_message = {**mine, "provider_message_id": provider_message_id}
        if body is not None:
            query = {**the_message, **inbound_edits.editable(body, at)}
            await self._collection.update(query, inbound_edits.replace_text(body, at))
            return
        await self._collection.update({**the_message, "taken_back_at": None}, inbound_edits.remove_content(at))
        edits = {**mine, **inbound_edits.edits_of(provider_message_id)}
        await self._collection.update_many(edits, inbound_edits.remove_edit_text())

    async def last_messages(self, conversation_id: str, *, up_to_turn: int, limit: int) -> list[StoredInbound]:
        """Return the last `limit` messages up to a turn, oldest first."""
        found = await self._collection.find(
            {"conversation_id": conversation_id, "turn": {"$lte": up_to_turn}},
            fields=STORED_INBOUND_FIELDS,
            sort=[("turn", -1)],
            limit=limit,
        )
        return [from_document({**item, "id": item["_id"]}, StoredInbound) for item in reversed(found)]

    async def received_between(self, since: datetime, until: datetime, *, channel: str, limit: int) -> list[Document]:
        """Return the last `limit` messages received from a time on and before another, as stored but without raw
        payloads, the latest first. Deleted messages are left out, and those that were too old for an answer when they
        came. channel: empty: of all.
        """
        wanted = _answered_between(since, until, channel)
        return await self._collection.find(wanted, fields={"raw": 0}, sort=[("received_at", -1)], limit=limit)

    async def decisions_between(
        self, since: datetime, until: datetime, *, channel: str, limit: int
    ) -> list[tuple[str, str]]:
        """Return conversation and decision of the last `limit` messages of that time, the latest first. channel: as of
        `received_between`.
        """
        wanted = _answered_between(since, until, channel)
        fields = {"conversation_id": 1, "decision": 1}
        found = await self._collection.find(wanted, fields=fields, sort=[("received_at", -1)], limit=limit)
        return [(one["conversation_id"], one["decision"]) for one in found]

    async def before_turn(self, conversation_id: str, turn: int, *, limit: int) -> list[Document]:
        """Return the last `limit` messages of a conversation before a turn, as stored but without raw payloads, oldest
        first. Deleted messages are left out.
        """
        wanted: Document = {"conversation_id": conversation_id, "turn": {"$lt": turn}, "taken_back_at": None}
        return (await self._collection.find(wanted, fields={"raw": 0}, sort=[("turn", -1)], limit=limit))[::-1]


def _answered_between(since: datetime, until: datetime, channel: str) -> Document:
    """Return the query for messages that were decided on: those that are only stored have turn 0."""
    wanted: Document = {"received_at": {"$gte": since, "$lt": until}, "taken_back_at": None, "turn": {"$gt": 0}}
    return {**wanted, "channel": channel} if channel else wanted


def inbound_document(message: InboundMessage, turn: int, decision: str, routed_at: datetime) -> Document:
    """Return the document of a message that is stored for the first time."""
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
