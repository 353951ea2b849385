"""Copies of files in conversations, and files for messages to customers, kept for some days: metadata in `media`,
bytes in `media_chunks`. Written by the console; ingress reads what providers fetch.

A copy is complete when its metadata is stored, which happens last. The bytes of one that was broken off expire.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from pymongo import IndexModel

from shared.repositories import media_chunks
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "media"
INDEXES = [
    IndexModel([("workspace", 1), ("message_id", 1)], name="message"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("workspace", 1), ("conversations", 1)], name="conversations"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]
CHUNK = 1024 * 1024  # bytes
_MOST_FILES = 10_000  # sent to one customer
MOST_CONVERSATIONS = 100  # that are noted of one file; one that more get belongs to nobody, and ends by itself


class StoredMedia(msgspec.Struct, frozen=True, kw_only=True):
    """The stored copy of a file. message_id: the customer's message, or a name of the file if we sent it (`stored_id`).
    type: found in the bytes, not what the provider says; of a file that was uploaded to us that of its name, which fits
    its bytes. size: bytes. ends: when the copy is removed. conversation_id: empty: it was uploaded and not sent, or
    sent to very many.
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

    async def assign(self, message_id: str, conversation_id: str, ends: datetime) -> bool:
        """Note that a conversation has a file, beside those that have it, and keep it until `ends` at least; return
        False if there is none.
        """
        change = [*_with_conversation(conversation_id), {"$set": {"ends": {"$max": ["$ends", ends]}}}]
        found = await self._media.find_and_update(
            {"_id": message_id}, change, fields={"conversation_id": 1}, after=True
        )
        if found is None:
            return False
        await self._give_chunks(message_id, found["conversation_id"])
        await self._chunks.update_many({"message_id": message_id}, {"$max": {"ends": ends}})
        return True

    async def kept_by_others(self, conversation_ids: Sequence[str]) -> dict[str, str]:
        """Return the files of these conversations that others have too, each with one of the others."""
        leaving = set(conversation_ids)
        query: Document = {"conversations": {"$in": sorted(leaving)}, "conversation_id": {"$ne": ""}}
        found = await self._media.find(query, fields={"conversations": 1}, limit=_MOST_FILES)
        others = {item["_id"]: [one for one in item["conversations"] if one not in leaving] for item in found}
        return {file: rest[0] for file, rest in others.items() if rest}

    async def leave_to_others(self, kept: Mapping[str, str], conversation_ids: Sequence[str]) -> None:
        """Take conversations from files that others keep. kept: of `kept_by_others`."""
        for file, other in kept.items():
            change = {"$pullAll": {"conversations": list(conversation_ids)}, "$set": {"conversation_id": other}}
            await self._give_chunks(file, other)  # first: an erasure that stops here finds the file again
            await self._media.update({"_id": file}, change)

    async def _give_chunks(self, message_id: str, conversation_id: str) -> None:
        query = {"message_id": message_id, "conversation_id": {"$ne": conversation_id}}
        await self._chunks.update_many(query, {"$set": {"conversation_id": conversation_id}})

    async def remove(self, message_id: str) -> bool:
        """Remove the copy of a message's file; return whether there was one."""
        removed = await self._media.delete({"_id": message_id})
        await self._chunks.delete({"message_id": message_id})
        return bool(removed)

    async def remove_sent(self, prefix: str, before: datetime) -> int:
        """Remove files of conversations whose ids begin so and that would end before a time; return how many."""
        sent = {"message_id": {"$regex": f"^{prefix}"}, "conversation_id": {"$ne": ""}, "ends": {"$lt": before}}
        removed = await self._media.delete(sent)
        await self._chunks.delete(sent)
        return removed

    async def used(self) -> int:
        """Return the bytes of all copies of the workspace."""
        total: Decimal = await self._media.total({"size": {"$gt": 0}}, "size")
        return int(total)


def _with_conversation(conversation_id: str) -> list[Document]:
    """Return the change that adds a conversation to those that have a file. `conversation_id` stays one of them; it is
    empty for a file that more than `MOST_CONVERSATIONS` have.
    """
    first = {"$cond": [{"$eq": ["$conversation_id", ""]}, [], ["$conversation_id"]]}
    every = {"$setUnion": [{"$ifNull": ["$conversations", first]}, [conversation_id]]}
    too_many = {"$gt": [{"$size": "$conversations"}, MOST_CONVERSATIONS]}
    kept = {"$cond": [{"$eq": ["$conversation_id", ""]}, conversation_id, "$conversation_id"]}
    return [
        {"$set": {"conversations": {"$slice": [every, MOST_CONVERSATIONS + 1]}}},
        {"$set": {"conversation_id": {"$cond": [too_many, "", kept]}}},
    ]
