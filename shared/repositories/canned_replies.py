"""Canned replies: bodies that people send by a shortcut. Written by the console."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.messages.outbound import Body
from shared.storage.documents import from_document, plain, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "canned"
MOST = 1000
INDEXES = [IndexModel([("workspace", 1), ("shortcut", 1)], name="shortcut", unique=True)]


class ShortcutTaken(Exception):
    """Raised when another canned reply has the shortcut."""


class CannedReply(msgspec.Struct, frozen=True, kw_only=True):
    """A canned reply. by: who wrote it. labels: set on the conversation with it. revision: counts the changes, from
    1.
    """

    id: str
    shortcut: str
    body: Body
    by: str
    at: datetime
    labels: tuple[str, ...] = ()
    revision: int = 1


class CannedReplies:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def all(self) -> list[CannedReply]:
        """Return all canned replies, at most a thousand, by shortcut."""
        found = await self._collection.find({"shortcut": {"$gt": ""}}, sort=[("shortcut", 1)], limit=MOST)
        return [_canned(item) for item in found]

    async def get(self, id_: str) -> CannedReply | None:
        """Return one canned reply."""
        found = await self._collection.find_one({"_id": self._id(id_)})
        return _canned(found) if found else None

    async def add(self, reply: CannedReply) -> bool:
        """Store a new one; return False if its id is stored already. Raises ShortcutTaken."""
        try:
            await self._collection.insert({"_id": self._id(reply.id), **_document(reply)})
        except Duplicate:
            if await self.get(reply.id) is None:
                raise ShortcutTaken(reply.shortcut) from None
            return False
        return True

    async def change(self, reply: CannedReply, revision: int) -> bool:
        """Store a changed one; return False if it is missing or has another revision. Raises ShortcutTaken."""
        change = {"$set": {**_document(reply), "revision": revision + 1}}
        try:
            return bool(await self._collection.update({"_id": self._id(reply.id), "revision": revision}, change))
        except Duplicate:
            raise ShortcutTaken(reply.shortcut) from None

    async def remove(self, id_: str) -> bool:
        """Remove one; return whether there was one."""
        return bool(await self._collection.delete({"_id": self._id(id_)}))

    def _id(self, id_: str) -> str:
        return f"{self._collection.workspace}:{id_}"


def _document(reply: CannedReply) -> Document:
    document = to_document(reply) | {"body": plain(reply.body)}
    document.pop("id")
    return document


def _canned(document: Document) -> CannedReply:
    body = to_document(msgspec.convert(document["body"], Body))
    return from_document({**document, "id": document["_id"].partition(":")[2], "body": body}, CannedReply)
