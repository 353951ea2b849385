"""A collection bound to one workspace: no query without a workspace can be written with it."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from shared.storage.mongo import ArrayFilter, Collection, Document, Find


def find_in(
    workspace: str,
    collection: str,
    query: Document,
    fields: Document,
    sort: Sequence[tuple[str, int]] = (),
    limit: int = 1,
) -> Find:
    """Return a find for `Mongo.find_each` that reads one workspace only."""
    return Find(collection=collection, query={**query, "workspace": workspace}, fields=fields, sort=sort, limit=limit)


class Scoped:
    """Adds the workspace to every query and document."""

    def __init__(self, collection: Collection, workspace: str) -> None:
        self._collection = collection
        self.workspace = workspace

    def _in_workspace(self, query: Document) -> Document:
        if query.get("workspace", self.workspace) != self.workspace:
            raise ValueError("a repository queries only its own workspace")
        return {**query, "workspace": self.workspace}

    async def find_one(self, query: Document, fields: Document | None = None) -> Document | None:
        return await self._collection.find_one(self._in_workspace(query), fields)

    async def find(
        self,
        query: Document,
        *,
        fields: Document | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 1000,
        hint: str = "",
    ) -> list[Document]:
        return await self._collection.find(self._in_workspace(query), fields=fields, sort=sort, limit=limit, hint=hint)

    def each(self, query: Document) -> AsyncIterator[Document]:
        return self._collection.each(self._in_workspace(query))

    async def insert(self, document: Document) -> None:
        await self._collection.insert(self._in_workspace(document))

    async def look_up(
        self, query: Document, fields: Sequence[str] | None, entry: ArrayFilter | None = None
    ) -> Document | None:
        return await self._collection.look_up(self._in_workspace(query), fields, entry)

    async def write(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> bool:
        return await self._collection.write(self._in_workspace(query), change, upsert=upsert)

    async def write_if(self, query: Document, change: Document | list[Document]) -> bool:
        return await self._collection.write_if(self._in_workspace(query), change)

    async def update(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> int:
        return await self._collection.update(self._in_workspace(query), change, upsert=upsert)

    async def update_many(self, query: Document, change: Document | list[Document]) -> int:
        return await self._collection.update_many(self._in_workspace(query), change)

    async def upsert_each(self, changes: Sequence[tuple[Document, list[Document]]]) -> tuple[int, int]:
        return await self._collection.upsert_each([(self._in_workspace(query), change) for query, change in changes])

    async def change_each(self, changes: Sequence[tuple[Document, Document | list[Document]]]) -> int:
        return await self._collection.change_each([(self._in_workspace(query), change) for query, change in changes])

    async def count(self, query: Document, *, limit: int = 0, hint: str = "") -> int:
        return await self._collection.count(self._in_workspace(query), limit=limit, hint=hint)

    async def count_each(self, queries: Sequence[Document]) -> list[int]:
        return await self._collection.count_each([self._in_workspace(query) for query in queries])

    async def total(self, query: Document, field: str, *, hint: str = "") -> Decimal:
        return await self._collection.total(self._in_workspace(query), field, hint=hint)

    async def aggregate(
        self, query: Document, stages: Sequence[Document], *, limit: int = 10_000, hint: str = ""
    ) -> list[Document]:
        return await self._collection.aggregate(self._in_workspace(query), stages, limit=limit, hint=hint)

    async def delete(self, query: Document) -> int:
        return await self._collection.delete(self._in_workspace(query))

    async def find_and_update(
        self,
        query: Document,
        change: Document | list[Document],
        *,
        fields: Document | None = None,
        after: bool = False,
        upsert: bool = False,
    ) -> Document | None:
        return await self._collection.find_and_update(
            self._in_workspace(query), change, fields=fields, after=after, upsert=upsert
        )
