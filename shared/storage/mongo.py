"""MongoDB, with either driver. Only this module chooses one.

`MONGODB_DRIVER=motor` (default) or `pymongo` (PyMongo's own asynchronous client). Repositories use `Collection`
(`collection.py`), which offers what both drivers have.
"""

import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import ReadPreference, WriteConcern

from shared.errors import DependencyAway
from shared.storage.batched_collection import ArrayFilter, BatchedCollection, Document
from shared.storage.collection import PART, Collection, Find
from shared.storage.mongo_errors import FAILURES, Duplicate, translate
from shared.telemetry.disks import Disk

__all__ = ["ArrayFilter", "Collection", "DatabaseSpace", "Document", "Duplicate", "Find", "Mongo"]

_OPERATION_MS = 5000


@dataclass(frozen=True, slots=True)
class DatabaseSpace:
    """The primary's disk, and the bytes in its files that removed documents left and new ones will use."""

    disk: Disk
    reusable: int


class Mongo:
    """A connection to one database; made once per process. client: its name in MongoDB's logs, profiler and
    `currentOp`.
    """

    def __init__(self, uri: str, database: str, driver: str = "motor", *, client: str = "parley") -> None:
        options: Mapping[str, Any] = {
            "serverSelectionTimeoutMS": 2000,
            "connectTimeoutMS": 2000,
            "timeoutMS": _OPERATION_MS,
            "maxPoolSize": 100,
            "retryWrites": True,
            "appname": client,
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
        # Not left to the URI: decisions depend on what is read.
        self._options: Mapping[str, Any] = {
            "codec_options": codec,
            "write_concern": WriteConcern("majority"),
            "read_preference": ReadPreference.PRIMARY,
        }
        self._database = self._client.get_database(database, **self._options)
        self._collections: dict[str, Collection] = {}  # bounded by the names in the code

    def other_database(self, database: str) -> "Mongo":
        """Return another database of the same server, over the same connections: close only one of the two."""
        other = copy(self)
        other.database, other._database = database, self._client.get_database(database, **self._options)
        other._collections = {}
        return other

    async def find_each(self, finds: Sequence[Find]) -> list[list[Document]]:
        """Return the documents of each find, all in one round trip. Raises DependencyAway."""
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
            parts[document.pop(PART)].append(document)
        return parts

    def collection(self, name: str) -> Collection:
        """Return the collection of this name of all workspaces, always the same one, so that all its users share
        batches; repositories bind it to a workspace (`Scoped`).
        """
        found = self._collections.get(name)
        if found is None:
            raw = self._database[name]
            found = self._collections[name] = Collection(raw, BatchedCollection(raw))
        return found

    async def databases(self, prefix: str) -> list[str]:
        """Return the names of the server's databases that begin so and that the user may see. Raises DependencyAway."""
        try:
            found = await self._client.list_database_names()
        except FAILURES as error:
            raise translate(error) from error
        return sorted(name for name in found if name.startswith(prefix))

    async def collections(self) -> list[str]:
        """Return the names of all collections. Raises DependencyAway."""
        try:
            return sorted(await self._database.list_collection_names())
        except FAILURES as error:
            raise translate(error) from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Any]:
        """Yield a session whose reads all see the same moment. The server keeps it for five minutes, unless configured
        otherwise (`minSnapshotHistoryWindowInSeconds`).
        """
        starting = self._client.start_session(snapshot=True)
        async with await starting if inspect.isawaitable(starting) else starting as session:
            yield session

    async def ping(self) -> None:
        """Check that the server answers. Raises DependencyAway."""
        try:
            await self._database.command("ping")
        except FAILURES as error:
            raise translate(error) from error

    async def time(self) -> datetime:
        """Return the server's time (UTC). Raises DependencyAway."""
        try:
            now: datetime = (await self._database.command("hello"))["localTime"]
        except FAILURES as error:
            raise translate(error) from error
        return now if now.tzinfo else now.replace(tzinfo=UTC)

    async def space(self) -> DatabaseSpace | None:
        """Return the space of the server; None if it does not tell. Raises DependencyAway, and AccessRefused without
        the right to `dbStats`, which the role `readWrite` has.
        """
        try:
            found = await self._database.command("dbStats", freeStorage=1)
            place = (await self._database.command("hello")).get("me")
        except FAILURES as error:
            failure = translate(error)
            if isinstance(failure, DependencyAway):
                raise failure from error
            return None  # it does not know the command, or its option
        total = int(found.get("fsTotalSize", 0))
        if not total or "fsUsedSize" not in found:
            return None
        disk = Disk(str(place or "mongodb"), total - int(found["fsUsedSize"]), total)
        return DatabaseSpace(disk, int(found.get("freeStorageSize", 0)))

    async def empty(self) -> None:
        """Delete all documents and keep the collections with their indexes; for tests."""
        for name in await self._database.list_collection_names():
            await self._database[name].delete_many({})

    async def drop_collections(self) -> None:
        """Drop all collections, and with them the database; unlike `drop`, the right to write is enough.

        Raises DependencyAway.
        """
        try:
            for name in await self._database.list_collection_names():
                await self._database.drop_collection(name)
        except FAILURES as error:
            raise translate(error) from error

    async def drop(self) -> None:
        """Drop the whole database; for tests and tools."""
        await self._client.drop_database(self._database.name)

    async def close(self) -> None:
        closing = self._client.close()
        if self._driver == "pymongo":
            await closing
