"""Conversations of all workspaces whose `state.due_at` has passed. Read by the router."""

from datetime import datetime, timedelta

from shared.domain.conversation import Conversation
from shared.repositories.conversations import COLLECTION
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo


class DueConversations:
    """One per process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def claim(self, now: datetime, *, lease: timedelta) -> Conversation | None:
        """Claim one due conversation until the lease ends, or return None. By then the router has decided on it and set
        another time; else it is claimed again.
        """
        # MongoDB uses the partial index only for a query that names its type; else it reads all conversations.
        due: Document = {"state.due_at": {"$lte": now, "$type": "date"}}
        found = await self._collection.find_and_update(
            {**due, "$or": [{"told_at": None}, {"told_at": {"$lte": now - lease}}]},
            {"$set": {"told_at": now}},
            fields={"state": 1},
        )
        return from_document(found["state"], Conversation) if found else None
