"""The dead letters of a workspace and their places in the topic; never what they hold. Writer: the console.

Derived from the topic `dead.letters` (`shared.operations.dead_letters.indexer`), and kept as long as its records.
Documents may be dropped together with those of `dead_letter_positions`: the console makes them again.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.messages.dead_letters import DeadLetterReason
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped
from shared.topics import DEAD_LETTERS

COLLECTION = "letters"
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1), ("_id", -1)], name="newest"),
    IndexModel([("workspace", 1), ("reason", 1), ("at", -1), ("_id", -1)], name="reason"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=DEAD_LETTERS.retention),
]
MOST_COUNTED = 10_000


class IndexedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter without its content. at: when it was written last. topic: of the record that failed, with its
    partition and offset; empty: a webhook. replay_topic: empty if ingress has to parse it again. log: the id of the
    topic `dead.letters`, in which the letter's last version has `place` = (partition, offset).
    """

    id: str
    reason: str
    service: str
    at: datetime
    correlation_id: str
    log: str
    place: tuple[int, int]
    topic: str = ""
    partition: int = -1
    offset: int = -1
    replay_topic: str = ""

    def change(self, workspace: str) -> list[Document]:
        """Return the update of the letter's document, which inserts it too; a later version is left as it is."""
        new = {"_id": _document_id(workspace, self.id), "workspace": workspace, **to_document(self)}
        partition, offset = self.place
        same_partition: Document = {"$eq": [{"$arrayElemAt": ["$place", 0]}, partition]}
        by_offset: Document = {"$gte": [{"$arrayElemAt": ["$place", 1]}, offset]}
        by_time: Document = {"$gt": ["$at", self.at]}  # after the topic got more partitions
        later: Document = {"$cond": [same_partition, by_offset, by_time]}
        kept: Document = {"$and": [{"$eq": ["$log", {"$literal": self.log}]}, later]}
        return [{"$replaceWith": {"$cond": [kept, "$$ROOT", {"$literal": new}]}}]


class DeadLetterIndex:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def write(self, letters: Sequence[IndexedLetter]) -> None:
        """Store letters, each in its last version: writing them twice changes nothing."""
        workspace = self._collection.workspace
        last = {letter.id: letter for letter in letters}
        changes = [({"_id": _document_id(workspace, one.id)}, one.change(workspace)) for one in last.values()]
        if not changes:
            return
        try:
            await self._collection.upsert_each(changes)
        except Duplicate:  # another replica inserted the same ones
            await self._collection.upsert_each(changes)

    async def page(self, reason: str, before: tuple[datetime, str] | None, limit: int) -> list[IndexedLetter]:
        """Return letters, the newest first. reason: empty: all. before: time and id of the last one of the page
        before.
        """
        query: Document = {"reason": reason} if reason else {}
        if before is not None:
            at, id_ = before[0], _document_id(self._collection.workspace, before[1])
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
        found = await self._collection.find(query, sort=[("at", -1), ("_id", -1)], limit=limit)
        return [from_document(document, IndexedLetter) for document in found]

    async def get(self, letter_id: str) -> IndexedLetter | None:
        """Return a letter; None: there is none of this id."""
        found = await self._collection.find_one({"_id": _document_id(self._collection.workspace, letter_id)})
        return from_document(found, IndexedLetter) if found else None

    async def counts(self) -> dict[str, int]:
        """Return how many letters each reason has, where it has any, counted up to `MOST_COUNTED`."""
        reasons = [reason.value for reason in DeadLetterReason]
        found = await asyncio.gather(
            *(self._collection.count({"reason": reason}, limit=MOST_COUNTED) for reason in reasons)
        )
        return {reason: count for reason, count in zip(reasons, found, strict=True) if count}


def _document_id(workspace: str, letter_id: str) -> str:
    return f"{workspace}:{letter_id}"
