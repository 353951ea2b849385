"""Conversations of all workspaces whose `state.due_at` has passed. Read by the router.

One query finds what a poll claims, and each is claimed by its id. So conversations that are claimed and not yet decided
on are read by no poll, however many are due together: the index has them at the time of their claim (`told_at`).
"""

from datetime import datetime, timedelta

from shared.domain.conversation import Conversation
from shared.repositories.conversations import COLLECTION
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo


class DueConversations:
    """One per process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def find(self, now: datetime, *, lease: timedelta, limit: int) -> list[str]:
        """Return the ids of at most `limit` conversations that may be claimed: in the order of their due times, then
        those whose lease has ended.
        """
        in_order = [("told_at", 1), ("state.due_at", 1)]
        found = await self._collection.find(_claimable(now, lease), fields={"_id": 1}, sort=in_order, limit=limit)
        return [one["_id"] for one in found]

    async def claim(self, conversation_id: str, now: datetime, *, lease: timedelta) -> Conversation | None:
        """Claim a due conversation until the lease ends; None: another replica has. By then the router has decided on
        it and set another time; else it is claimed again. Raises msgspec.ValidationError: it is claimed, but this
        release cannot read it.
        """
        found = await self._collection.find_and_update(
            {"_id": conversation_id, **_claimable(now, lease)}, {"$set": {"told_at": now}}, fields={"state": 1}
        )
        return from_document(found["state"], Conversation) if found else None


def _claimable(now: datetime, lease: timedelta) -> Document:
    # MongoDB uses the partial index only for a query that names its type; else it reads all conversations.
    due: Document = {"state.due_at": {"$lte": now, "$type": "date"}}
    return {"$or": [{"told_at": None, **due}, {"told_at": {"$lte": now - lease}, **due}]}
