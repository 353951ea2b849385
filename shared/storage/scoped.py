"""A collection seen by one workspace: a query without a workspace cannot be written with it."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from shared.storage.mongo import Collection, Document, Entry


class Scoped:
    """Adds the workspace to every query and document."""

    def __init__(self, collection: Collection, workspace: str) -> None:
        self._collection = collection
        self.workspace = workspace

    def _mine(self, query: Document) -> Document:
        if query.get("workspace", self.workspace) != self.workspace:
            raise ValueError("a repository asks only for its own workspace")
        return {**query, "workspace": self.workspace}

    async def find_one(self, query: Document, fields: Document | None = None) -> Document | None:
        return await self._collection.find_one(self._mine(query), fields)

    async def find(
        self,
        query: Document,
        *,
        fields: Document | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 1000,
    ) -> list[Document]:
        return await self._collection.find(self._mine(query), fields=fields, sort=sort, limit=limit)

    def each(self, query: Document) -> AsyncIterator[Document]:
        return self._collection.each(self._mine(query))

    async def insert(self, document: Document) -> None:
        await self._collection.insert(self._mine(document))

    async def look_up(
        self, query: Document, fields: Sequence[str] | None, entry: Entry | None = None
    ) -> Document | None:
        return await self._collection.look_up(self._mine(query), fields, entry)

    async def write(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> bool:
        return await self._collection.write(self._mine(query), change, upsert=upsert)

    async def write_if(self, query: Document, change: Document | list[Document]) -> bool:
        return await self._collection.write_if(self._mine(query), change)

    async def update(self, query: Document, change: Document | list[Document], *, upsert: bool = False) -> int:
        return await self._collection.update(self._mine(query), change, upsert=upsert)

    async def update_many(self, query: Document, change: Document | list[Document]) -> int:
        return await self._collection.update_many(self._mine(query), change)

    async def upsert_each(self, changes: Sequence[tuple[Document, list[Document]]]) -> tuple[int, int]:
        return await self._collection.upsert_each([(self._mine(query), change) for query, change in changes])

    async def change_each(self, changes: Sequence[tuple[Document, Document]]) -> int:
        return await self._collection.change_each([(self._mine(query), change) for query, change in changes])

    async def count(self, query: Document) -> int:
        return await self._collection.count(self._mine(query))

    async def total(self, query: Document, field: str) -> Decimal:
        return await self._collection.total(self._mine(query), field)

    async def delete(self, query: Document) -> int:
        return await self._collection.delete(self._mine(query))

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
            self._mine(query), change, fields=fields, after=after, upsert=upsert
        )
