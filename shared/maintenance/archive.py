"""Moves old messages from MongoDB into compressed files, and finds them there.

    DIR/acme/2026-03.jsonl.gz        {"c": "messages", "d": {MongoDB's extended JSON}}      one line for each document

A document is removed from MongoDB after its line is on the disk. After a crash in between it is written again the next
time: readers take each document once. Conversations, customers and orders stay in MongoDB, and so do messages that are
not in a final state. A file is a sequence of gzip members, so `zcat` reads it. A member that was not written to its end
is cut off by the next `move`: its documents are still in MongoDB.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.maintenance.eraser import ErasureSubject
from shared.repositories import ai_calls, inbound, outbound
from shared.repositories.outbound_views import OutboundState
from shared.storage.documents import extended, from_extended
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

MIN_AGE = timedelta(days=30)
"""Younger messages stay: providers repeat webhooks for a week, and a repeated message is known by its document."""
_BATCH = 500
_CHUNK = 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS  # for zlib: a member with gzip's header
_FINAL_STATES = [OutboundState.SENT.value, OutboundState.FAILED.value]
_KINDS: dict[str, tuple[str, Document]] = {
    inbound.COLLECTION: ("received_at", {}),
    outbound.COLLECTION: ("created_at", {"state": {"$in": _FINAL_STATES}}),
    ai_calls.COLLECTION: ("finished_at", {}),
}
"""By collection: the field that decides the age, and the further condition."""


class TooYoung(Exception):
    """Raised when messages are to be archived that have to stay."""


class ArchiveUnreadable(Exception):
    """Raised for a broken file of the archive: its content may be incomplete."""


@dataclass(frozen=True, slots=True)
class ArchivedDocument:
    """An archived document. kind: its collection."""

    kind: str
    at: datetime
    document: Document


class Archive:
    """The archive of one workspace. folder: has a folder for each workspace. Only one process may change it at a
    time."""

    def __init__(self, mongo: Mongo, workspace: str, folder: Path) -> None:
        self._in = {name: Scoped(mongo.collection(name), workspace) for name in _KINDS}
        self._folder = folder / workspace

    async def count(self, before: datetime) -> dict[str, int]:
        """Return how many documents `move` would move. Raises DependencyAway."""
        return {name: await self._in[name].count(_older(name, before)) for name in _KINDS}

    async def move(self, before: datetime, now: datetime) -> dict[str, int]:
        """Move older documents; return how many of each collection. Raises TooYoung,
        ArchiveUnreadable (nothing is moved behind broken data), OSError, DependencyAway.
        """
        if before > now - MIN_AGE:
            raise TooYoung(f"messages of the last {MIN_AGE.days} days stay")
        for file in self._files():
            _cut_incomplete_end(file)
        moved = dict.fromkeys(_KINDS, 0)
        for name in _KINDS:
            batch: list[Document] = []
            async for document in self._in[name].each(_older(name, before)):
                batch.append(document)
                if len(batch) == _BATCH:
                    moved[name] += await self._move(name, batch)
                    batch = []
            moved[name] += await self._move(name, batch)
        return moved

    async def _move(self, name: str, documents: list[Document]) -> int:
        by_month: dict[str, list[str]] = {}
        for document in documents:
            month = f"{document[_KINDS[name][0]]:%Y-%m}"
            by_month.setdefault(month, []).append(_line(name, document))
        for month, lines in by_month.items():
            self._append(month, lines)
        ids = [document["_id"] for document in documents]
        return await self._in[name].delete({"_id": {"$in": ids}}) if ids else 0

    def _append(self, month: str, lines: list[str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / f"{month}.jsonl.gz"
        is_new = not file.exists()
        file.touch(mode=0o600)
        size = file.stat().st_size
        try:
            with file.open("ab") as out:
                out.write(gzip.compress("".join(lines).encode()))
                out.flush()
                os.fsync(out.fileno())
        except BaseException:  # such as a full disk: nothing may be appended behind half a member
            with suppress(OSError):
                os.truncate(file, size)
            raise
        if is_new:
            _fsync_folder(self._folder)

    def find(self, *, conversation_id: str = "", correlation_id: str = "") -> list[ArchivedDocument]:
        """Return the documents of a conversation or an exchange, oldest first. Raises ArchiveUnreadable, OSError."""
        found: dict[tuple[str, Any], ArchivedDocument] = {}
        for file in self._files():
            for kind, text in _lines(file):
                document = text["d"]
                if conversation_id and document.get("conversation_id") != conversation_id:
                    continue
                if correlation_id and document.get("correlation_id") != correlation_id:
                    continue
                whole = from_extended(json.dumps(document))
                found[kind, whole["_id"]] = ArchivedDocument(kind, whole[_KINDS[kind][0]], whole)
        return sorted(found.values(), key=lambda one: one.at)

    def forget(self, subject: ErasureSubject) -> int:
        """Remove all lines about a customer; return how many. Files are replaced as a whole. Raises as `find`."""
        return sum(_without(file, set(subject.conversation_ids)) for file in self._files())

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl.gz"))


def _older(name: str, before: datetime) -> Document:
    field, more = _KINDS[name]
    return {field: {"$lt": before}, **more}


def _line(name: str, document: Document) -> str:
    return f'{{"c":"{name}","d":{extended(document)}}}\n'


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as source:
            for line in source:
                read = json.loads(line)
                yield read["c"], read
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError, KeyError) as error:
        raise ArchiveUnreadable(f"{file}: {error}") from None


def _without(file: Path, conversations: set[str]) -> int:
    kept, removed = [], 0
    for _, line in _lines(file):
        if line["d"].get("conversation_id") in conversations:
            removed += 1
        else:
            kept.append(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")
    if removed:
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        with new.open("wb") as out:
            out.write(gzip.compress("".join(kept).encode()))
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
        _fsync_folder(file.parent)
    return removed


def _cut_incomplete_end(file: Path) -> None:
    """Cut off a last member that was not written to its end. Raises ArchiveUnreadable for any other damage, OSError."""
    end = position = 0
    member: Any = None  # the one being read
    with file.open("rb") as source:
        while data := source.read(_CHUNK):
            position += len(data)
            while data:
                if member is None:
                    data = data.lstrip(b"\0")  # left of a file system that had grown the file before a crash
                    if not data:
                        break
                    member = zlib.decompressobj(wbits=_GZIP)
                try:
                    member.decompress(data)
                except zlib.error as error:
                    raise ArchiveUnreadable(f"{file}: {error}") from None
                data = member.unused_data
                if member.eof:
                    member, end = None, position - len(data)
    if end < position:
        os.truncate(file, end)


def _fsync_folder(folder: Path) -> None:
    """Have the names of new files on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def words(found: ArchivedDocument) -> str:
    """Return the words of a document, for people."""
    document = found.document
    if found.kind == ai_calls.COLLECTION:
        return f"{document.get('outcome', '')} by {document.get('model', '')}"
    return str(document.get("text", ""))
