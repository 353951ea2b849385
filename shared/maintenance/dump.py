"""A whole database in one file, and back: lines of JSON, compressed. Across all workspaces, for operators.

    {"parley": 1, "database": "parley", "at": "2026-03-04T05:06:07Z"}
    {"c": "conversations", "d": {MongoDB's extended JSON}}                           one line for each document
    {"end": {"conversations": {"documents": 1, "sha256": "…"}}}                      what there has to be in all

All documents are of one moment (a snapshot). A file without its end, or with another one than it has lines for, is
refused. Indexes are not in it: `ensure_indexes` makes them. Sources: MongoDB manual, "MongoDB Extended JSON (v2)",
"Read Concern snapshot".
"""

import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shared.storage.documents import extended, from_extended
from shared.storage.mongo import Document, Mongo

FORMAT = 1
_BY_ID = [("_id", 1)]
_BATCH = 500
_BATCH_BYTES = 8 * 1024 * 1024


class BadDump(Exception):
    """A file that cannot be used, with the reason."""


class NotEmpty(Exception):
    """A database that has documents already: restoring would mix two."""


@dataclass(frozen=True, slots=True)
class Content:
    """Of a collection. sha256: of its documents, in the order of their ids."""

    documents: int
    sha256: str


@dataclass(slots=True)
class _Sum:
    documents: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, text: bytes) -> None:
        self.documents += 1
        self.digest.update(text + b"\n")

    def content(self) -> Content:
        return Content(self.documents, self.digest.hexdigest())


async def dump(mongo: Mongo, file: Path, at: datetime) -> dict[str, Content]:
    """Write all documents to a new file that only its owner may read; what each collection has.

    Raises FileExistsError, OSError, DependencyAway (also when it took longer than the server keeps a snapshot). A file
    that was not finished is removed.
    """
    sums = {}
    with _new(file) as out:
        out.write(_json({"parley": FORMAT, "database": mongo.database, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}))
        async with mongo.snapshot() as snapshot:
            for name in await mongo.collections():
                sums[name] = await _dump(mongo, name, snapshot, out)
        out.write(_json({"end": sums}))
    return sums


async def _dump(mongo: Mongo, name: str, snapshot: Any, out: gzip.GzipFile) -> Content:
    head = b'{"c":' + msgspec.json.encode(name) + b',"d":'
    total = _Sum()
    async for document in mongo.collection(name).each({}, sort=_BY_ID, snapshot=snapshot):
        text = extended(document).encode()
        total.add(text)
        out.write(head + text + b"}\n")
    return total.content()


@contextmanager
def _new(file: Path) -> Iterator[gzip.GzipFile]:
    file.touch(mode=0o600, exist_ok=False)
    try:
        with gzip.open(file, "wb", compresslevel=6) as out:
            yield out
    except BaseException:
        file.unlink(missing_ok=True)
        raise


async def contents(mongo: Mongo) -> dict[str, Content]:
    """What the collections of a database have now. Raises DependencyAway."""
    found = {}
    for name in await mongo.collections():
        total = _Sum()
        async for document in mongo.collection(name).each({}, sort=_BY_ID):
            total.add(extended(document).encode())
        found[name] = total.content()
    return found


def check(file: Path) -> dict[str, Content]:
    """Read a file to its end: what it has. Raises BadDump, OSError."""
    sums: dict[str, _Sum] = {}
    end: dict[str, Content] | None = None
    for line in _lines(file):
        if end is not None:
            raise BadDump("there is something behind its end")
        if line.end is not None:
            end = line.end
        else:
            sums.setdefault(line.c, _Sum()).add(bytes(line.d))
    if end is None:
        raise BadDump("it has no end: writing it was broken off")
    found = {name: sums.get(name, _Sum()).content() for name in end}
    if found != end or sums.keys() - end.keys():
        wrong = sorted(name for name in {*sums, *end} if found.get(name) != end.get(name))
        raise BadDump(f"it was changed since it was written: {', '.join(wrong)}")
    return end


async def restore(mongo: Mongo, file: Path) -> dict[str, Content]:
    """Put all documents of a file into an empty database and compare; what there is now. Indexes are made before
    (`ensure_indexes`), so that what they forbid is refused.

    Raises BadDump (before anything is written), NotEmpty, OSError, DependencyAway.
    """
    wanted = check(file)
    if full := [name for name in await mongo.collections() if await mongo.collection(name).find_one({}, {"_id": 1})]:
        raise NotEmpty(f"the database {mongo.database} has {', '.join(full)} already")
    async for name, documents in _batches(file):
        await mongo.collection(name).insert_all(documents)
    found = await contents(mongo)
    differing = [name for name, content in wanted.items() if content.documents and found.get(name) != content]
    if differing:
        raise BadDump(f"what was restored is not what the file has: {', '.join(differing)}")
    return wanted


async def _batches(file: Path) -> AsyncIterator[tuple[str, list[Document]]]:
    name, documents, size = "", list[Document](), 0
    for line in _lines(file):
        if documents and (line.c != name or len(documents) >= _BATCH or size >= _BATCH_BYTES):
            yield name, documents
            documents, size = [], 0
        if line.end is None:
            name, text = line.c, bytes(line.d)
            documents.append(from_extended(text))
            size += len(text)


class _Line(msgspec.Struct):
    """c: of which collection. d: a document. end: what all collections have."""

    c: str = ""
    d: msgspec.Raw = msgspec.Raw(b"")
    end: dict[str, Content] | None = None


def _lines(file: Path) -> Iterator[_Line]:
    """The lines behind the first one. Raises BadDump, OSError."""
    try:
        with gzip.open(file, "rb") as source:
            _check_head(source.readline())
            yield from map(_line, source)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadDump(f"it cannot be read: {error}") from None


def _check_head(line: bytes) -> None:
    try:
        version = msgspec.json.decode(line, type=dict[str, Any]).get("parley")
    except msgspec.DecodeError:
        version = None
    if version != FORMAT:
        raise BadDump(f"it is no backup of the format {FORMAT}")


def _line(text: bytes) -> _Line:
    try:
        return msgspec.json.decode(text, type=_Line)
    except msgspec.DecodeError as error:
        raise BadDump(f"it has a line that cannot be read: {error}") from None


def _json(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
