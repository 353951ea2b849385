"""Outcomes of the commands of `operations.commands`, for a week. One writer: delivery."""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from shared.errors import Conflict
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "operation_outcomes"
KEPT_DAYS = 7  # as long as the topic
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1)], name="newest"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class OperationOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a command. command: its id. kind: its type's tag. subject: the broadcast, message, channel or
    webhook.

    done: False: refused. code: of the refusal, for programs (`OperationRefused.code`). detail: for people. result:
    plain values, such as counts.
    """

    command: str
    kind: str
    by: str
    at: datetime
    done: bool
    subject: str = ""
    code: str = ""
    detail: str = ""
    result: dict[str, Any] = {}


class OperationOutcomes:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, outcome: OperationOutcome) -> bool:
        """Store an outcome; return False, and change nothing, when the command has one already. Raises Conflict if the
        command is another workspace's.
        """
        document = to_document(outcome)
        try:
            await self._collection.insert({"_id": document.pop("command"), **document})
        except Duplicate:
            if await self._collection.find_one({"_id": outcome.command}, {"_id": 1}) is None:
                raise Conflict(outcome.command) from None
            return False
        return True

    async def get(self, command: str) -> OperationOutcome | None:
        """Return the outcome of a command; None: it has none yet, or has had one a week ago."""
        found = await self._collection.find_one({"_id": command})
        return from_document({**found, "command": command}, OperationOutcome) if found else None
