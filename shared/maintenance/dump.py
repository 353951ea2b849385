"""Writes a whole database to one compressed file of JSON lines, and restores it. Across all workspaces.

    {"parley": 1, "database": "parley", "at": "2026-03-04T05:06:07Z"}
    {"c": "conversations", "d": {MongoDB's extended JSON}}                           one line for each document
    {"end": {"conversations": {"documents": 1, "sha256": "…"}}}                      what there has to be in all

All documents are of one moment (a snapshot), without those that can be fetched again
(`shared.maintenance.collection_rules`). A file without its end, or with another one than it has lines for, is
refused. Indexes are not in it: `restore` creates them. Sources: MongoDB manual, "MongoDB Extended JSON (v2)",
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

from shared.maintenance import backup_note, collection_rules
from shared.maintenance.indexes import ensure_indexes, ensure_lasting_indexes
from shared.storage.documents import extended, from_extended
from shared.storage.mongo import Document, Mongo

FORMAT = 1
_BY_ID = [("_id", 1)]
_BATCH = 500
_BATCH_BYTES = 8 * 1024 * 1024


class BadDump(Exception):
    """Raised for a backup file that cannot be used; the text is the reason."""


class NotEmpty(Exception):
    """Raised when the database to restore into has documents already."""


@dataclass(frozen=True, slots=True)
class CollectionContent:
    """The content of a collection in a dump. documents: their number. sha256: of all documents of the collection, in
    the order of their ids.
    """

    documents: int
    sha256: str


@dataclass(slots=True)
class _RunningDigest:
    documents: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, text: bytes) -> None:
        self.documents += 1
        self.digest.update(text + b"\n")

    def content(self) -> CollectionContent:
        return CollectionContent(self.documents, self.digest.hexdigest())


async def dump(mongo: Mongo, file: Path, at: datetime) -> dict[str, CollectionContent]:
    """Write all documents to a new file that only its owner may read; return the content of each collection.

    Raises FileExistsError, OSError, DependencyAway (also when it took longer than the server keeps a snapshot). A file
    that was not finished is removed.
    """
    sums = {}
    with _new(file) as out:
        out.write(_json({"parley": FORMAT, "database": mongo.database, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}))
        async with mongo.snapshot() as snapshot:
            for name in sorted(set(await mongo.collections()) - collection_rules.NOT_BACKED_UP):
                sums[name] = await _dump(mongo, name, snapshot, out)
        out.write(_json({"end": sums}))
    return sums


async def _dump(mongo: Mongo, name: str, snapshot: Any, out: gzip.GzipFile) -> CollectionContent:
    head = b'{"c":' + msgspec.json.encode(name) + b',"d":'
    total = _RunningDigest()
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


async def contents(mongo: Mongo) -> dict[str, CollectionContent]:
    """Return the content of each collection now. Raises DependencyAway."""
    found = {}
    for name in await mongo.collections():
        total = _RunningDigest()
        async for document in mongo.collection(name).each({}, sort=_BY_ID):
            total.add(extended(document).encode())
        found[name] = total.content()
    return found


def check(file: Path) -> dict[str, CollectionContent]:
    """Read a file to its end and return its content. Raises BadDump, OSError."""
    sums: dict[str, _RunningDigest] = {}
    end: dict[str, CollectionContent] | None = None
    for line in _lines(file):
        if end is not None:
            raise BadDump("there are lines after its end")
        if line.end is not None:
            end = line.end
        else:
            sums.setdefault(line.c, _RunningDigest()).add(bytes(line.d))
    if end is None:
        raise BadDump("it is incomplete: writing it was cut off")
    found = {name: sums.get(name, _RunningDigest()).content() for name in end}
    if found != end or sums.keys() - end.keys():
        wrong = sorted(name for name in {*sums, *end} if found.get(name) != end.get(name))
        raise BadDump(f"it was changed since it was written: {', '.join(wrong)}")
    return end


async def restore(mongo: Mongo, file: Path) -> dict[str, CollectionContent]:
    """Insert all documents of a file into an empty database, compare, and return the content. Indexes are created
    before, so that documents that violate them are refused; those by which MongoDB deletes expired documents only after
    the comparison. The note of a backup that was made of the empty database is removed.

    Raises BadDump (before anything is written), NotEmpty, OSError, DependencyAway.
    """
    wanted = check(file)
    names = set(await mongo.collections()) - {backup_note.COLLECTION}
    if full := [name for name in sorted(names) if await mongo.collection(name).find_one({}, {"_id": 1})]:
        raise NotEmpty(f"the database {mongo.database} has {', '.join(full)} already")
    await ensure_lasting_indexes(mongo)
    await backup_note.remove_note(mongo)
    async for name, documents in _batches(file):
        await mongo.collection(name).insert_all(documents)
    found = await contents(mongo)
    differing = [name for name, content in wanted.items() if content.documents and found.get(name) != content]
    if differing:
        raise BadDump(f"what was restored is not what the file has: {', '.join(differing)}")
    await ensure_indexes(mongo)
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
    """One line of a dump. c: the collection. d: a document. end: the content of all collections, in the last line."""

    c: str = ""
    d: msgspec.Raw = msgspec.Raw(b"")
    end: dict[str, CollectionContent] | None = None


def _lines(file: Path) -> Iterator[_Line]:
    """Yield the lines after the first. Raises BadDump, OSError."""
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
