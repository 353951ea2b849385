"""Times that have come, of all workspaces: what `state.due_at` of the conversations says. The router asks."""

from datetime import datetime, timedelta

from shared.domain.conversation import Conversation
from shared.repositories.conversations import COLLECTION
from shared.storage.documents import from_document
from shared.storage.mongo import Mongo


class DueConversations:
    """See the module. All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def claim(self, now: datetime, *, lease: timedelta) -> Conversation | None:
        """One conversation whose time has come, for this replica alone until the lease ends: by then the router has
        decided on it and set another time, or it is taken again.
        """
        found = await self._collection.find_and_update(
            {"state.due_at": {"$lte": now}, "$or": [{"told_at": None}, {"told_at": {"$lte": now - lease}}]},
            {"$set": {"told_at": now}},
            fields={"state": 1},
        )
        return from_document(found["state"], Conversation) if found else None
