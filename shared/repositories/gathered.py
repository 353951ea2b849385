"""What many ask of one collection at the same time, in few round trips: inserts, changes, and look-ups.

A command costs a driver and a server more than the document it is about. So what is asked while an earlier command is
under way goes together with the next one (`shared.together`); each is told what became of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from shared.repositories.mongo_errors import of_bulk, translate
from shared.together import Together

Document = dict[str, Any]
_Values = tuple[Any, ...]
_MOST = 100  # documents at a time


class Gathered:
    """Of one collection of one connection; shared by all who use it. raw: the driver's collection."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.insert: Together[Document, bool] = Together(self._insert, most=_MOST)
        self.change: Together[UpdateOne, bool] = Together(self._write, most=_MOST)
        self._finds: dict[tuple[_Values, _Values], Together[_Values, Document | None]] = {}

    async def find(self, query: Mapping[str, Any], fields: Sequence[str]) -> Document | None:
        """One document with these values in these fields (no operators, no paths). Raises DependencyAway."""
        names = tuple(query)
        shape = (names, tuple(fields))
        together = self._finds.get(shape)
        if together is None:  # there are as many as there are such calls in the code

            async def do(asked: Sequence[_Values]) -> list[Document | None]:
                return await self._find(names, fields, asked)

            together = self._finds[shape] = Together(do, most=_MOST)
        return await together(tuple(query.values()))

    async def _find(
        self, names: Sequence[str], fields: Sequence[str], asked: Sequence[_Values]
    ) -> list[Document | None]:
        wanted = {name: _any(values) for name, values in zip(names, zip(*asked, strict=True), strict=True)}
        shown = dict.fromkeys((*names, *fields), 1)
        found: dict[_Values, Document] = {}
        try:
            async for document in self._raw.find(wanted, shown, batch_size=_MOST + 1):
                found.setdefault(tuple(document.get(name) for name in names), document)
        except PyMongoError as error:
            raise translate(error) from error
        return [found.get(values) for values in asked]

    async def _insert(self, documents: Sequence[Document]) -> list[bool | Exception]:
        return await self._write([InsertOne(document) for document in documents])

    async def _write(self, operations: Sequence[Any]) -> list[bool | Exception]:
        """For each operation whether it made a document; Duplicate and the like for its own sake."""
        try:
            result = await self._raw.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            return of_bulk(error, len(operations))
        except PyMongoError as error:
            raise translate(error) from error
        made = result.upserted_ids or {}
        return [index in made for index in range(len(operations))]


def _any(values: _Values) -> Any:
    """One of these values; the value itself where there is only one."""
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else {"$in": different}
