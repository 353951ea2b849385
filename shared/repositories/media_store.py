"""Copies of customers' files, and files for messages to them, kept for some days: metadata in `media`, bytes in
`media_chunks`. Written by the console; ingress reads what providers fetch.

A copy is complete when its metadata is stored, which happens last. The bytes of one that was broken off expire.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal

import msgspec
from pymongo import IndexModel

from shared.repositories import media_chunks
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "media"
INDEXES = [
    IndexModel([("workspace", 1), ("message_id", 1)], name="message"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]
CHUNK = 1024 * 1024  # bytes


class StoredMedia(msgspec.Struct, frozen=True, kw_only=True):
    """The stored copy of a file. type: found in the bytes, not what the provider says; of a file that was uploaded to
    us that of its name, which fits its bytes. size: bytes. ends: when the copy is removed. conversation_id: empty: it
    was uploaded and not sent.
    """

    message_id: str
    conversation_id: str
    type: str
    size: int
    sha256: str
    filename: str
    ends: datetime


class MediaStore:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._media = Scoped(mongo.collection(COLLECTION), workspace)
        self._chunks = Scoped(mongo.collection(media_chunks.COLLECTION), workspace)

    async def get(self, message_id: str) -> StoredMedia | None:
        """Return the metadata of the copy of a message's file; None: there is no complete one."""
        found = await self._media.find_one({"_id": message_id})
        return from_document(found, StoredMedia) if found else None

    async def put_chunk(self, media: StoredMedia, number: int, data: bytes) -> None:
        """Store a part of a file, before its metadata. number: from 0."""
        query = {"_id": f"{media.message_id}:{number}"}
        chunk = {
            "message_id": media.message_id,
            "conversation_id": media.conversation_id,
            "data": data,
            "ends": media.ends,
        }
        try:
            await self._chunks.update(query, {"$set": chunk}, upsert=True)
        except Duplicate:  # another replica keeps the same file
            await self._chunks.update(query, {"$set": chunk})

    async def finish(self, media: StoredMedia) -> None:
        """Store the metadata of a file whose parts are all stored."""
        document = to_document(media)
        try:
            await self._media.insert({"_id": media.message_id, **document})
        except Duplicate:
            return

    async def read(self, media: StoredMedia) -> AsyncIterator[bytes]:
        """Yield the bytes of a file, part by part."""
        for number in range(-(-media.size // CHUNK)):
            found = await self._chunks.find_one({"_id": f"{media.message_id}:{number}"}, {"data": 1})
            if found is None:
                return  # it was erased meanwhile
            yield bytes(found["data"])

    async def assign(self, message_id: str, conversation_id: str) -> bool:
        """Note which conversation has a file; return False if there is none."""
        change = {"$set": {"conversation_id": conversation_id}}
        await self._chunks.update_many({"message_id": message_id}, change)
        return bool(await self._media.update({"_id": message_id}, change))

    async def remove(self, message_id: str) -> bool:
        """Remove the copy of a message's file; return whether there was one."""
        removed = await self._media.delete({"_id": message_id})
        await self._chunks.delete({"message_id": message_id})
        return bool(removed)

    async def used(self) -> int:
        """Return the bytes of all copies of the workspace."""
        total: Decimal = await self._media.total({"size": {"$gt": 0}}, "size")
        return int(total)
