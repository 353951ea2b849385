"""One collection of MongoDB, as repositories use it: what both drivers have, with single operations batched
(`batched_collection`) and errors translated (`mongo_errors`).
"""

import inspect
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pymongo
from pymongo import IndexModel, ReturnDocument, UpdateOne

from shared.storage.batched_collection import ArrayFilter, BatchedCollection, Document, Update
from shared.storage.mongo_errors import FAILURES, translate

PART = "part_of_find_each"  # index of the find that a document belongs to
INDEX_SECONDS = 60.0
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
        """Return the find as pipeline stages whose documents have the index `part`."""
        sorting: list[Document] = [{"$sort": dict(self.sort)}] if self.sort else []
        shown = {**self.fields, PART: {"$literal": part}} if self.fields else {}
        last: Document = {"$project": shown} if shown else {"$set": {PART: part}}
        return [{"$match": self.query}, *sorting, {"$limit": self.limit}, last]


class Collection:
    """The operations that repositories use. All raise DependencyAway, Duplicate, Unstorable."""

    def __init__(self, raw: Any, batched: BatchedCollection) -> None:
        self._raw = raw
        self._batched = batched

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
        hint: str = "",
    ) -> list[Document]:
        """Return at most `limit` documents. hint: name of the index to use; empty: the server chooses."""
        try:
            cursor = self._raw.find(query, fields, limit=limit, sort=list(sort) or None, hint=hint or None)
            found: list[Document] = await cursor.to_list(length=limit)
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def each(
        self, query: Document, *, sort: Sequence[tuple[str, int]] = (), snapshot: Any = None
    ) -> AsyncIterator[Document]:
        """Yield every matching document, however many there are; for tools. snapshot: of `Mongo.snapshot`."""
        try:
            async for document in self._raw.find(query, sort=list(sort) or None, session=snapshot, batch_size=_BATCH):
                yield document
        except FAILURES as error:
            raise translate(error) from error

    async def insert_all(self, documents: Sequence[Document]) -> None:
        """Insert documents in one round trip."""
        try:
            await self._raw.insert_many(documents, ordered=False)
        except FAILURES as error:
            raise translate(error) from error

    async def insert(self, document: Document) -> None:
        """Insert one document, batched with other inserts."""
        await self._batched.insert(document)

    async def look_up(
        self, query: Document, fields: Sequence[str] | None, entry: ArrayFilter | None = None
    ) -> Document | None:
        """Return a document with these values in these fields, batched with other look-ups; not to be changed.

        query: no operators and no paths. fields: those to return besides the query's; None: all. entry: a filter of an
        array's entries.
        """
        return await self._batched.find(query, fields, entry)

    async def write(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> bool:
        """Update one document, batched with other writes; return whether it was inserted (`upsert`).

        Whether a document matched is not known: see `update`.
        """
        return await self._batched.change(Update(query, change, upsert))

    async def write_if(self, query: Document, change: Document | list[Document]) -> bool:
        """Update one document, batched with other writes; return whether it surely matched.

        False may mean that another update of the batch did not match, as the server only reports a count: read the
        document before a retry.
        """
        return await self._batched.change_if(Update(query, change))

    async def update(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> int:
        """Update one document; return how many matched or were inserted."""
        try:
            result = await self._raw.update_one(query, change, upsert=upsert)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count) + (1 if result.upserted_id is not None else 0)

    async def update_many(self, query: Document, change: Document | list[Document]) -> int:
        """Update all matching documents; return how many matched."""
        try:
            result = await self._raw.update_many(query, change)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def upsert_each(self, changes: Sequence[tuple[Document, list[Document]]]) -> tuple[int, int]:
        """Insert or update one document for each pair of query and pipeline, in one round trip.

        Return how many were inserted and how many were changed. Raises Duplicate when others inserted some of them at
        the same time; the rest is done.
        """
        asked = [UpdateOne(query, change, upsert=True) for query, change in changes]
        try:
            result = await self._raw.bulk_write(asked, ordered=False)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.upserted_count), int(result.modified_count)

    async def change_each(self, changes: Sequence[tuple[Document, Document | list[Document]]]) -> int:
        """Update one document for each pair of query and update, in one round trip; return how many matched."""
        try:
            result = await self._raw.bulk_write([UpdateOne(query, change) for query, change in changes], ordered=False)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def count(self, query: Document, *, limit: int = 0, hint: str = "") -> int:
        """Return how many documents match. limit: stop counting there; 0: never. hint: as with `find`."""
        options: dict[str, Any] = {**({"limit": limit} if limit else {}), **({"hint": hint} if hint else {})}
        try:
            return int(await self._raw.count_documents(query, **options))
        except FAILURES as error:
            raise translate(error) from error

    async def count_each(self, queries: Sequence[Document]) -> list[int]:
        """Return how many documents match each query, in one round trip. Queries that an index answers completely only
        scan it, which is faster than to group its entries.
        """
        first, *others = (
            [{"$match": query}, {"$count": "count"}, {"$set": {PART: part}}] for part, query in enumerate(queries)
        )
        united = [{"$unionWith": {"coll": self._raw.name, "pipeline": stages}} for stages in others]
        try:
            cursor = self._raw.aggregate([*first, *united])
            found: list[Document] = await (await cursor if inspect.isawaitable(cursor) else cursor).to_list(length=None)
        except FAILURES as error:
            raise translate(error) from error
        counts = {one[PART]: int(one["count"]) for one in found}
        return [counts.get(part, 0) for part in range(len(queries))]

    async def total(self, query: Document, field: str, *, hint: str = "") -> Decimal:
        """Return the sum of a field of all matching documents: numbers, or decimals as text; all else counts as 0.

        hint: as with `find`.
        """
        number = {"$convert": {"input": f"${field}", "to": "decimal", "onError": 0, "onNull": 0}}
        try:
            stages: list[Document] = [{"$match": query}, {"$group": {"_id": None, "total": {"$sum": number}}}]
            cursor = self._raw.aggregate(stages, **({"hint": hint} if hint else {}))
            found = await (await cursor if inspect.isawaitable(cursor) else cursor).to_list(length=1)
        except FAILURES as error:
            raise translate(error) from error
        return Decimal(str(found[0]["total"])) if found else Decimal(0)

    async def aggregate(
        self, query: Document, stages: Sequence[Document], *, limit: int = 10_000, hint: str = ""
    ) -> list[Document]:
        """Return the results of a pipeline over the matching documents, at most `limit`. hint: as with `find`."""
        try:
            every = [{"$match": query}, *stages, {"$limit": limit}]
            cursor = self._raw.aggregate(every, **({"hint": hint} if hint else {}))
            found: list[Document] = await (await cursor if inspect.isawaitable(cursor) else cursor).to_list(length=None)
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def delete(self, query: Document) -> int:
        """Delete all matching documents; return how many."""
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
        hint: str = "",
    ) -> Document | None:
        """Update one document and return it as it was before, or as it is `after`; None if none matched. hint: name of
        the index to use; empty: the server chooses.
        """
        returned = ReturnDocument.AFTER if after else ReturnDocument.BEFORE
        try:
            found: Document | None = await self._raw.find_one_and_update(
                query, change, projection=fields, return_document=returned, upsert=upsert, hint=hint or None
            )
        except FAILURES as error:
            raise translate(error) from error
        return found

    async def replace(self, query: Document, document: Document) -> int:
        """Replace one document; return how many matched."""
        try:
            result = await self._raw.replace_one(query, document)
        except FAILURES as error:
            raise translate(error) from error
        return int(result.matched_count)

    async def drop_index(self, name: str) -> bool:
        """Drop an index; return whether there was one."""
        try:
            if name not in await self._raw.index_information():
                return False
            await self._raw.drop_index(name)
        except FAILURES as error:
            raise translate(error) from error
        return True

    async def create_indexes(self, indexes: Sequence[IndexModel], *, seconds: float = INDEX_SECONDS) -> None:
        """Create missing indexes; MongoDB ends a build that takes longer, and the next begins anew."""
        try:
            with pymongo.timeout(seconds):
                await self._raw.create_indexes(list(indexes))
        except FAILURES as error:
            raise translate(error) from error
