"""Conversations: their state and latest decisions. One writer: the router."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import IndexModel

from shared.domain.conversation import Conversation, RecordedDecision
from shared.errors import Conflict
from shared.repositories import inbox_indexes, running_flows
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import ArrayFilter, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "conversations"
INDEXES = [
    *inbox_indexes.INBOX_INDEXES,
    running_flows.INDEX,
    IndexModel(
        [("told_at", 1), ("state.due_at", 1)],
        name="unclaimed",
        partialFilterExpression={"state.due_at": {"$type": "date"}},
    ),
]
KEPT = 50  # decisions kept for redelivered records


@dataclass(frozen=True, slots=True)
class StoredState:
    """A conversation with the records that its kept decisions were made on, and their times, oldest first."""

    conversation: Conversation
    decided: tuple[tuple[str, datetime | None], ...]


class Conversations:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def load(self, conversation_id: str, cause: str) -> tuple[Conversation | None, RecordedDecision | None]:
        """Return the conversation, and the decision on the record `cause` if it is among the last fifty."""
        document = await self._collection.look_up(
            {"_id": conversation_id}, ("state",), ArrayFilter("recorded", "cause", cause)
        )
        if document is None:
            return None, None
        recorded = document.get("recorded")
        return (
            from_document(document["state"], Conversation),
            from_document(recorded[0], RecordedDecision) if recorded else None,
        )

    async def load_state(self, conversation_id: str) -> StoredState | None:
        """Return the conversation without its decisions, but with their causes; None if there is none."""
        shown = ("state", "recorded.cause", "recorded.at")
        document = await self._collection.look_up({"_id": conversation_id}, shown)
        if document is None:
            return None
        decided = tuple((one["cause"], one.get("at")) for one in document.get("recorded") or ())
        return StoredState(from_document(document["state"], Conversation), decided)

    async def save(self, conversation: Conversation, expected_version: int, recorded: RecordedDecision) -> None:
        """Store the new state and the decision in one update. Raises Conflict if the stored version differs or, because
        conversations are written in batches, if another one's does; `load` tells whether this one was stored.
        """
        state = to_document(conversation)
        decision = to_document(recorded)
        if expected_version == 0:
            try:
                await self._collection.insert(
                    {
                        "_id": conversation.id,
                        "state": state,
                        "recorded": [decision],
                        "last_inbound_at": conversation.last_inbound_at,
                    }
                )
            except Duplicate:
                raise Conflict(conversation.id) from None
            return
        stored = await self._collection.write_if(
            {"_id": conversation.id, "state.version": expected_version},
            {
                "$set": {"state": state, "last_inbound_at": conversation.last_inbound_at, "told_at": None},
                "$push": {"recorded": {"$each": [decision], "$slice": -KEPT}},
            },
        )
        if not stored:
            raise Conflict(conversation.id)

    async def get(self, conversation_id: str) -> Conversation | None:
        """Return the conversation's state, for readers."""
        document = await self._collection.find_one({"_id": conversation_id}, {"state": 1})
        return from_document(document["state"], Conversation) if document else None

    async def get_many(self, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
        """Return several conversations by id; missing ones are left out."""
        wanted = list(conversation_ids)
        found = await self._collection.find({"_id": {"$in": wanted}}, fields={"state": 1}, limit=max(1, len(wanted)))
        return {item["_id"]: from_document(item["state"], Conversation) for item in found}

    async def last_inbound_at(self, conversation_id: str) -> datetime | None:
        """Return when the customer last wrote; None: never, or there is no such conversation."""
        document = await self._collection.find_one(
            {"_id": conversation_id}, {"last_inbound_at": 1, "state.moved_to.conversation_id": 1}
        )
        moved = ((document or {}).get("state") or {}).get("moved_to")
        if moved:  # the customer writes in that one now
            return await self.last_inbound_at(moved["conversation_id"])
        found: datetime | None = document.get("last_inbound_at") if document else None
        return found

    async def waiting(self, *, limit: int = 100) -> list[Conversation]:
        """Return the queue of conversations that wait for an agent, the longest waiting first."""
        found = await self._collection.find(
            {"state.waiting_since": {"$type": "date"}},
            fields={"state": 1},
            sort=[("state.waiting_since", 1)],
            limit=limit,
        )
        return [from_document(document["state"], Conversation) for document in found]

    async def waiting_count(self) -> int:
        """Return how many conversations wait for an agent."""
        return await self._collection.count({"state.waiting_since": {"$type": "date"}})

    async def recent_decisions(self, conversation_id: str, *, limit: int = KEPT) -> list[RecordedDecision]:
        """Return the last decisions, oldest first."""
        document = await self._collection.find_one({"_id": conversation_id}, {"recorded": {"$slice": -limit}})
        return [from_document(item, RecordedDecision) for item in document["recorded"]] if document else []
