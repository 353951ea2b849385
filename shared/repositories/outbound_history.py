"""Reads of sent messages for others than delivery: history, progress of a broadcast, what reached delivery."""

from collections.abc import Sequence

from shared.messages.outbound import Author
from shared.repositories.outbound import COLLECTION
from shared.repositories.outbound_views import DeliveryProgress, HistoryMessage, OutboundState
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

HISTORY_FIELDS: Document = dict.fromkeys(("turn", "index", "text", "author", "provider_message_id"), 1)


class OutboundHistory:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def last_messages(self, conversation_id: str, *, before_turn: int, limit: int) -> list[HistoryMessage]:
        """Return the last `limit` messages of turns before `before_turn`, oldest first, without those that failed."""
        found = await self._collection.find(
            {
                "conversation_id": conversation_id,
                "turn": {"$lt": before_turn},
                "state": {"$ne": OutboundState.FAILED.value},
            },
            fields=HISTORY_FIELDS,
            sort=[("turn", -1), ("index", -1)],
            limit=limit,
        )
        return [from_document({**item, "id": item["_id"]}, HistoryMessage) for item in reversed(found)]

    async def of_turns(self, conversation_id: str, first: int, last: int) -> list[HistoryMessage]:
        """Return our messages of some turns, oldest first, also those that failed; at most a thousand."""
        found = await self._collection.find(
            {"conversation_id": conversation_id, "turn": {"$gte": first, "$lte": last}},
            fields=HISTORY_FIELDS,
            sort=[("turn", 1), ("index", 1)],
        )
        return [from_document({**item, "id": item["_id"]}, HistoryMessage) for item in found]

    async def progress(self, message_ids: Sequence[str]) -> dict[str, DeliveryProgress]:
        """Return the progress of messages by id; those that have not reached delivery are left out."""
        fields = {"state": 1, "status": 1, "error": 1, "reason": 1, "attempts": 1, "provider": 1}
        found = await self._collection.find(
            {"_id": {"$in": list(message_ids)}}, fields=fields, limit=max(1, len(message_ids))
        )
        return {item["_id"]: _progress(item) for item in found}

    async def has_answer_of_turn(self, conversation_id: str, turn: int) -> bool:
        """Return whether an answer of a turn has reached delivery."""
        query: Document = {"conversation_id": conversation_id, "turn": turn, "author": {"$ne": Author.BROADCAST.value}}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def has_provider_id(self, conversation_id: str, provider_message_id: str) -> bool:
        """Return whether a message sent in a conversation has this id of the provider."""
        query: Document = {"conversation_id": conversation_id, "provider_message_id": provider_message_id}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def cause_and_author(self, conversation_id: str, provider_message_id: str) -> tuple[str, str] | None:
        """Return the record that led to a message, and the message's author; None: it is no known message of ours."""
        query: Document = {"conversation_id": conversation_id, "provider_message_id": provider_message_id}
        found = await self._collection.find_one(query, {"cause": 1, "author": 1})
        return (found["cause"], found["author"]) if found else None


def _progress(document: Document) -> DeliveryProgress:
    failed = [item for item in document.get("attempts", ()) if item.get("outcome") == "failed"]
    failures = [(item.get("error", {}).get("code", ""), item["at"]) for item in failed]
    return from_document({**document, "id": document["_id"], "failures": failures}, DeliveryProgress)
