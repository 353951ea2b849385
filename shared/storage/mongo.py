"""The one module that chooses a MongoDB driver, and what the repositories ask of it.

`MONGODB_DRIVER=motor` (default) or `pymongo` (PyMongo's own asynchronous client). The repositories use only what both
offer, through `Collection`: what many ask at the same moment goes together (`gathered`), and a driver's errors become
ours (`mongo_errors`).
"""

import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import IndexModel, ReadPreference, ReturnDocument, UpdateOne, WriteConcern

from shared.storage.batched_collection import BatchedCollection, Document, Entry
from shared.storage.mongo_errors import FAILURES, Duplicate, translate

__all__ = ["Collection", "Document", "Duplicate", "Entry", "Find", "Mongo"]

_PART = "part_of_find_each"  # which of several finds a document is of
_OPERATION_MS = 5000
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One of the finds of `Mongo.find_each`; see `Collection.find`."""

    collection: str
    query: Document
    fields: Document
    sort: Sequence[tuple[str, int]] = ()
    limit: int = 1

    def stages(self, part: int) -> list[Document]:
        """The same as a pipeline, whose documents say which part they are of."""
        sorting: list[Document] = [{"$sort": dict(self.sort)}] if self.sort else []
        shown = {**self.fields, _PART: {"$literal": part}} if self.fields else {}
        last: Document = {"$project": shown} if shown else {"$set": {_PART: part}}
        return [{"$match": self.query}, *sorting, {"$limit": self.limit}, last]


class Collection:
    """The operations that the repositories use, of either driver. All raise DependencyAway, Duplicate, Unstorable."""

    def __init__(self, raw: Any, gathered: BatchedCollection) -> None:
        self._raw = raw
        self._gathered = gathered

    async def find_one(self, query: Document, fields: Document | None = None) -> Document | None:
        try:
            found: Document | None = await self._raw.find_one(query, fields)
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def find(
        self,
        query: Document,
        *,
        fields: Document | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 1000,
    ) -> list[Document]:
        """At most `limit` documents; there is no way to ask for all."""
        try:
            cursor = self._raw.find(query, fields, limit=limit, sort=list(sort) or None)
            found: list[Document] = await cursor.to_list(length=limit)
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def each(
        self, query: Document, *, sort: Sequence[tuple[str, int]] = (), snapshot: Any = None
    ) -> AsyncIterator[Document]:
        """Every document that matches, however many there are; for tools. snapshot: of `Mongo.snapshot`."""
        try:
            async for document in self._raw.find(query, sort=list(sort) or None, session=snapshot, batch_size=_BATCH):
                yield document
        except FAILURES as error:
            raise translate(error) from error

    async def insert_all(self, documents: Sequence[Document]) -> None:
        """Insert some, in one round trip."""
        try:
            await self._raw.insert_many(documents, ordered=False)
        except FAILURES as error:
            raise translate(error) from error

    async def insert(self, document: Document) -> None:
        """Insert one, in one round trip with those that others insert at the same time."""
        await self._gathered.insert(document)

    async def look_up(
        self, query: Document, fields: Sequence[str] | None, entry: Entry | None = None
    ) -> Document | None:
        """One document with these values in these fields, in one round trip with what others look up; to be read only.

        Of the query: no operators and no paths. fields: to be there, with those of the query; None: all. entry: what is
        to be there of an array.
        """
        return await self._gathered.find(query, fields, entry)

    async def write(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> bool:
        """Change one document, in one round trip with what others write: whether it was made (`upsert`). Whether there
        was one is not told: that is `update`.
        """
        return await self._gathered.change(UpdateOne(query, change, upsert=upsert))

    async def write_if(self, query: Document, change: Document | list[Document]) -> bool:
        """Change one document in one round trip with what others write: whether it surely matched. When it did not,
        it may be that one of the others did not, for a server only counts: look, before it is tried again.
        """
        return await self._gathered.change_if(UpdateOne(query, change))

    async def update(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> int:
        """Change one document; the number that matched or was inserted."""
        try:
            result = await self._raw.update_one(query, change, upsert=upsert)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count) + (1 if result.upserted_id is not None else 0)

    async def update_many(self, query: Document, change: Document | list[Document]) -> int:
        """Change all documents that match; how many did."""
        try:
            result = await self._raw.update_many(query, change)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def upsert_each(self, changes: Sequence[tuple[Document, list[Document]]]) -> tuple[int, int]:
        """Make or change one document for each pair of query and pipeline, in one round trip: how many were made, and
        how many were changed. Raises Duplicate when some were made by somebody else meanwhile; the others are done.
        """
        asked = [UpdateOne(query, change, upsert=True) for query, change in changes]
        try:
            result = await self._raw.bulk_write(asked, ordered=False)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.upserted_count), int(result.modified_count)

    async def change_each(self, changes: Sequence[tuple[Document, Document]]) -> int:
        """Change one document for each pair of query and change, in one round trip: how many were found."""
        try:
            result = await self._raw.bulk_write([UpdateOne(query, change) for query, change in changes], ordered=False)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def count(self, query: Document) -> int:
        """How many documents match."""
        try:
            return int(await self._raw.count_documents(query))
        except FAILURES as error:
            raise translate(error) from error

    async def total(self, query: Document, field: str) -> Decimal:
        """The sum of a field of all documents that match: numbers, or decimals as text; what is neither counts as 0."""
        number = {"$convert": {"input": f"${field}", "to": "decimal", "onError": 0, "onNull": 0}}
        try:
            cursor = self._raw.aggregate([{"$match": query}, {"$group": {"_id": None, "total": {"$sum": number}}}])
            found = await (await cursor if inspect.isawaitable(cursor) else cursor).to_list(length=1)
        except FAILURES as error:
            raise translate(error) from error
        return Decimal(str(found[0]["total"])) if found else Decimal(0)

    async def delete(self, query: Document) -> int:
        """Remove all documents that match; how many did."""
        try:
            result = await self._raw.delete_many(query)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.deleted_count)

    async def find_and_update(
        self,
        query: Document,
        change: Document | list[Document],
        *,
        fields: Document | None = None,
        after: bool = False,
        upsert: bool = False,
    ) -> Document | None:
        """Change one document and return it as it was before (or is `after`); None where there was none."""
        returned = ReturnDocument.AFTER if after else ReturnDocument.BEFORE
        try:
            found: Document | None = await self._raw.find_one_and_update(
                query, change, projection=fields, return_document=returned, upsert=upsert
            )
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def replace(self, query: Document, document: Document) -> int:
        """Put another document in the place of one; the number that matched."""
        try:
            result = await self._raw.replace_one(query, document)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def create_indexes(self, indexes: Sequence[IndexModel]) -> None:
        try:
            await self._raw.create_indexes(list(indexes))
        except FAILURES as error:
            raise translate(error) from error


class Mongo:
    """A connection to one database; made once per process."""

    def __init__(self, uri: str, database: str, driver: str = "motor") -> None:
        options: Mapping[str, Any] = {
            "serverSelectionTimeoutMS": 2000,
            "connectTimeoutMS": 2000,
            "timeoutMS": _OPERATION_MS,
            "maxPoolSize": 100,
            "retryWrites": True,
            "appname": "parley",
        }
        self._driver = driver
        self.database = database
        if driver == "pymongo":
            from pymongo import AsyncMongoClient

            self._client: Any = AsyncMongoClient(uri, **options)
        else:
            from motor.motor_asyncio import AsyncIOMotorClient

            self._client = AsyncIOMotorClient(uri, **options)
        codec: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        # Whatever the address says: decisions are made on what is read.
        self._options: Mapping[str, Any] = {
            "codec_options": codec,
            "write_concern": WriteConcern("majority"),
            "read_preference": ReadPreference.PRIMARY,
        }
        self._database = self._client.get_database(database, **self._options)
        self._gathered: dict[str, BatchedCollection] = {}

    def beside(self, database: str) -> "Mongo":
        """Another database of the same server, over the same connections: close one of the two."""
        other = copy(self)
        other.database, other._database = database, self._client.get_database(database, **self._options)
        other._gathered = {}
        return other

    async def find_each(self, finds: Sequence[Find]) -> list[list[Document]]:
        """What each of the finds has, all in one round trip. Raises DependencyAway."""
        first, *others = (find.stages(part) for part, find in enumerate(finds))
        names = [find.collection for find in finds]
        united = [
            {"$unionWith": {"coll": name, "pipeline": stages}} for name, stages in zip(names[1:], others, strict=True)
        ]
        try:
            cursor = self._database[names[0]].aggregate([*first, *united])
            found = await (await cursor if inspect.isawaitable(cursor) else cursor).to_list(length=None)
        except FAILURES as error:
            raise translate(error) from error
        parts: list[list[Document]] = [[] for _ in finds]
        for document in found:
            parts[document.pop(_PART)].append(document)
        return parts

    def collection(self, name: str) -> Collection:
        """A collection, not bound to a workspace; repositories bind it."""
        return Collection(self._database[name], self._gathered_of(name))

    def _gathered_of(self, name: str) -> BatchedCollection:
        """One for each collection: who writes to it at the same time meets there."""
        found = self._gathered.get(name)
        if found is None:
            found = self._gathered[name] = BatchedCollection(self._database[name])
        return found

    async def collections(self) -> list[str]:
        """The names of all that there are. Raises DependencyAway."""
        try:
            return sorted(await self._database.list_collection_names())
        except FAILURES as error:
            raise translate(error) from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Any]:
        """What is read with it is as it was at one moment, however long it takes; a server keeps that for five minutes
        unless it is told to (`minSnapshotHistoryWindowInSeconds`).
        """
        starting = self._client.start_session(snapshot=True)
        async with await starting if inspect.isawaitable(starting) else starting as session:
            yield session

    async def ping(self) -> None:
        """Raises DependencyAway."""
        try:
            await self._database.command("ping")
        except FAILURES as error:
            raise translate(error) from error

    async def time(self) -> datetime:
        """Return the server's time (UTC). Raises DependencyAway."""
        try:
            told: datetime = (await self._database.command("hello"))["localTime"]
        except FAILURES as error:
            raise translate(error) from error
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    async def empty(self) -> None:
        """Remove all documents and keep the collections with their indexes; for tests."""
        for name in await self._database.list_collection_names():
            await self._database[name].delete_many({})

    async def drop(self) -> None:
        """Drop the whole database; for tests and tools."""
        await self._client.drop_database(self._database.name)

    async def close(self) -> None:
        closing = self._client.close()
        if self._driver == "pymongo":
            await closing
