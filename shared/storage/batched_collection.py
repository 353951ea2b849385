"""What many ask of one collection at the same time, in few round trips: inserts, changes, and look-ups.

A command costs a driver and a server more than the document it is about. So what is asked while an earlier command is
under way goes together with the next one (`shared.storage.batching`); each is told what became of its own.
"""

from collections.abc import Mapping, Sequence
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
class Entry:
    """Of a document's array of documents only those whose `name` is the value."""

    array: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Shape:
    """What look-ups have in common that can go together. fields: None: all. array, entry: see `Entry`; empty: none."""

    names: tuple[str, ...]
    fields: tuple[str, ...] | None
    array: str = ""
    entry: str = ""

    def shown(self, values: Sequence[Any]) -> Document | None:
        """The projection. values: of the entries."""
        if self.fields is None:
            return None
        shown: Document = dict.fromkeys((*self.names, *self.fields), 1)
        if self.array:
            theirs = {"$in": [f"$$this.{self.entry}", {"$literal": list(values)}]}
            entries = {"$cond": [{"$isArray": f"${self.array}"}, f"${self.array}", []]}
            shown[self.array] = {"$filter": {"input": entries, "cond": theirs}}
        return shown

    def as_asked(self, document: Document | None, value: Any) -> Document | None:
        """The document for one who asked for entries with this value."""
        if document is None or not self.array:
            return document
        mine = [entry for entry in document.get(self.array) or () if entry.get(self.entry) == value]
        return {**document, self.array: mine}


class BatchedCollection:
    """Of one collection of one connection; shared by all who use it. raw: the driver's collection."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.insert: Batcher[Document, bool] = Batcher(self._insert, most=_MOST)
        self.change: Batcher[UpdateOne, bool] = Batcher(self._change, most=_MOST)
        self.change_if: Batcher[UpdateOne, bool] = Batcher(self._change_if, most=_MOST)
        self._finds: dict[_Shape, Batcher[_Values, Document | None]] = {}

    async def find(
        self, query: Mapping[str, Any], fields: Sequence[str] | None, entry: Entry | None = None
    ) -> Document | None:
        """One document with these values in these fields (no operators, no paths). Raises DependencyAway."""
        shown = None if fields is None else tuple(fields)
        shape = _Shape(tuple(query), shown, entry.array, entry.name) if entry else _Shape(tuple(query), shown)
        together = self._finds.get(shape)
        if together is None:  # there are as many as there are such calls in the code

            async def do(asked: Sequence[_Values]) -> list[Document | None]:
                return await self._find(shape, asked)

            together = self._finds[shape] = Batcher(do, most=_MOST)
        return await together((*query.values(), entry.value if entry else None))

    async def _find(self, shape: "_Shape", asked: Sequence[_Values]) -> list[Document | None]:
        *columns, entries = zip(*asked, strict=True)
        wanted = {name: _any(column) for name, column in zip(shape.names, columns, strict=True)}
        found: dict[_Values, Document] = {}
        try:
            documents = await self._raw.find(wanted, shape.shown(entries), batch_size=_MOST + 1).to_list(length=None)
        except FAILURES as error:
            raise translate(error) from error
        for document in documents:
            found.setdefault(tuple(document.get(name) for name in shape.names), document)
        return [shape.as_asked(found.get(values[:-1]), values[-1]) for values in asked]

    async def _insert(self, documents: Sequence[Document]) -> list[bool | Exception]:
        return (await self._write([InsertOne(document) for document in documents]))[0]

    async def _change_if(self, changes: Sequence[UpdateOne]) -> list[bool | Exception]:
        """For each change whether it surely matched: a server says only how many did."""
        answers, matched = await self._write(changes)
        return [answer if isinstance(answer, Exception) else matched == len(changes) for answer in answers]

    async def _change(self, changes: Sequence[UpdateOne]) -> list[bool | Exception]:
        return (await self._write(changes))[0]

    async def _write(self, operations: Sequence[Any]) -> tuple[list[bool | Exception], int]:
        """For each operation whether it made a document, or its error; and how many matched where there was none."""
        try:
            result = await self._raw.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            return of_bulk(error, len(operations)), 0
        except FAILURES as error:
            raise translate(error) from error
        made = result.upserted_ids or {}
        return [index in made for index in range(len(operations))], result.matched_count


def _any(values: _Values) -> Any:
    """One of these values; the value itself where there is only one."""
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else {"$in": different}
