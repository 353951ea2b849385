"""Changes of conversations' states for people: handed off, taken, returned, closed, flow ended. One writer: the router.

The history shows them between the messages, and statistics count them. They expire with the statistics.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from shared.domain import ids
from shared.domain.conversation import StateChange
from shared.storage.documents import to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "conversation_changes"
KEPT_DAYS = 800
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("at", -1), ("_id", -1)], name="history"),
    IndexModel([("workspace", 1), ("at", -1), ("_id", -1)], name="newest"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class ConversationChanges:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(
        self, cause: str, conversation_id: str, turn: int, changes: Sequence[StateChange], at: datetime
    ) -> None:
        """Store the changes of the decision on the record `cause`; the same again changes nothing. turn: the
        conversation's latest one at that time.
        """
        for change in changes:
            document = {
                "_id": ids.derived_id("change", self._collection.workspace, cause, change.kind),
                "conversation_id": conversation_id,
                "channel": change.channel,
                "turn": turn,
                "at": at,
                "change": to_document(change),
            }
            try:
                await self._collection.insert(document)
            except Duplicate:
                continue
