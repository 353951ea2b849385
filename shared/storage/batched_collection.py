"""Batches the inserts, updates and look-ups of one collection, so that they need few round trips.

A command costs the driver and the server more than the document in it (`shared.storage.batching`).
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from shared.storage.batching import Batcher
from shared.storage.mongo_errors import FAILURES, of_bulk, translate

Document = dict[str, Any]
_Values = tuple[Any, ...]
_MOST = 100  # documents at a time


@dataclass(frozen=True, slots=True)
class Update:
    """An update of one document, which `upsert` inserts if there is none."""

    query: Document
    change: Document | list[Document]
    upsert: bool = False

    def operation(self) -> Any:
        """Return it as an operation of a bulk write."""
        return UpdateOne(self.query, self.change, upsert=self.upsert)


@dataclass(frozen=True, slots=True)
class ArrayFilter:
    """Selects those entries of the document's array `array` whose field `name` has the value."""

    array: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Shape:
    """Equal for look-ups that can be batched. fields: None for all. array, entry: of an `ArrayFilter`, or empty."""

    names: tuple[str, ...]
    fields: tuple[str, ...] | None
    array: str = ""
    entry: str = ""

    def projection(self, values: Sequence[Any]) -> Document | None:
        """Return the projection. values: of all array filters of the batch."""
        if self.fields is None:
            return None
        shown: Document = dict.fromkeys((*self.names, *self.fields), 1)
        if self.array:
            wanted = {"$in": [f"$$this.{self.entry}", {"$literal": list(values)}]}
            entries = {"$cond": [{"$isArray": f"${self.array}"}, f"${self.array}", []]}
            shown[self.array] = {"$filter": {"input": entries, "cond": wanted}}
        return shown

    def for_caller(self, document: Document | None, value: Any) -> Document | None:
        """Return the document with only the array entries that have this value."""
        if document is None or not self.array:
            return document
        mine = [entry for entry in document.get(self.array) or () if entry.get(self.entry) == value]
        return {**document, self.array: mine}


class BatchedCollection:
    """One per collection and connection. raw: the driver's collection."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.insert: Batcher[Document, bool] = Batcher(self._insert, most=_MOST)
        self.change: Batcher[Update, bool] = Batcher(self._change, most=_MOST)
        self.change_if: Batcher[Update, bool] = Batcher(self._change_if, most=_MOST)
        self._finds: dict[_Shape, Batcher[_Values, Document | None]] = {}

    async def find(
        self, query: Mapping[str, Any], fields: Sequence[str] | None, entry: ArrayFilter | None = None
    ) -> Document | None:
        """Return a document with these values in these fields (no operators, no paths). Raises DependencyAway."""
        shown = None if fields is None else tuple(fields)
        shape = _Shape(tuple(query), shown, entry.array, entry.name) if entry else _Shape(tuple(query), shown)
        batcher = self._finds.get(shape)
        if batcher is None:  # bounded by the number of such calls in the code

            async def do(asked: Sequence[_Values]) -> list[Document | None]:
                return await self._find(shape, asked)

            batcher = self._finds[shape] = Batcher(do, most=_MOST)
        return await batcher((*query.values(), entry.value if entry else None))

    async def _find(self, shape: "_Shape", asked: Sequence[_Values]) -> list[Document | None]:
        *columns, entries = zip(*asked, strict=True)
        wanted = {name: _any_of(column) for name, column in zip(shape.names, columns, strict=True)}
        found: dict[_Values, Document] = {}
        try:
            documents = await self._raw.find(wanted, shape.projection(entries), batch_size=_MOST + 1).to_list(
                length=None
            )
        except FAILURES as error:
            raise translate(error) from error
        for document in documents:
            found.setdefault(tuple(document.get(name) for name in shape.names), document)
        return [shape.for_caller(found.get(values[:-1]), values[-1]) for values in asked]

    async def _insert(self, documents: Sequence[Document]) -> list[bool | Exception]:
        if len(documents) == 1:
            await self._alone(self._raw.insert_one(documents[0]))
            return [False]
        return (await self._write([InsertOne(document) for document in documents]))[0]

    async def _change_if(self, changes: Sequence[Update]) -> list[bool | Exception]:
        """Return for each update whether it surely matched: the server only reports how many did."""
        answers, matched = await self._update(changes)
        return [answer if isinstance(answer, Exception) else matched == len(changes) for answer in answers]

    async def _change(self, changes: Sequence[Update]) -> list[bool | Exception]:
        return (await self._update(changes))[0]

    async def _update(self, changes: Sequence[Update]) -> tuple[list[bool | Exception], int]:
        if len(changes) != 1:
            return await self._write([change.operation() for change in changes])
        (one,) = changes
        result = await self._alone(self._raw.update_one(one.query, one.change, upsert=one.upsert))
        return [result.upserted_id is not None], int(result.matched_count)

    async def _alone(self, operation: Awaitable[Any]) -> Any:
        """Return the result of a single operation, which costs the driver less than a bulk write of one."""
        try:
            return await operation
        except FAILURES as error:
            raise translate(error) from error

    async def _write(self, operations: Sequence[Any]) -> tuple[list[bool | Exception], int]:
        """Return for each operation whether it inserted a document, or its error; and how many matched if none
        failed."""
        try:
            result = await self._raw.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            return of_bulk(error, len(operations)), 0
        except FAILURES as error:
            raise translate(error) from error
        made = result.upserted_ids or {}
        return [index in made for index in range(len(operations))], result.matched_count


def _any_of(values: _Values) -> Any:
    """Return a condition that any of these values meets."""
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else {"$in": different}
