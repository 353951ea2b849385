"""All versions of the applied flows: a running conversation finishes with the version that it began with.

A version never changes, so it may be cached. Writers: `parley apply` and the console.
"""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "flows"
INDEXES = [IndexModel([("workspace", 1), ("name", 1), ("at", -1)], name="versions")]


class FlowVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A published version of a flow. at, by, note: when it was stored first, by whom, and what they said about it;
    empty: not known.
    """

    version: str
    at: datetime
    by: str = ""
    note: str = ""


class Flows:
    """The flows of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def put(self, name: str, version: str, source: str, at: datetime, *, by: str = "", note: str = "") -> bool:
        """Store a version; return False if it is stored already. Raises ValueError without a source."""
        if not source:
            raise ValueError("a flow needs a source")
        document: Document = {"_id": self._id(name, version), "name": name, "version": version}
        document |= {key: value for key, value in (("by", by), ("note", note)) if value}
        try:
            await self._collection.insert({**document, "source": source, "at": at})
        except Duplicate:
            return False
        return True

    async def get(self, name: str, version: str) -> str | None:
        """Return the source of a version; None if there is none."""
        found = await self._collection.find_one({"_id": self._id(name, version)}, {"source": 1})
        return found["source"] if found else None

    async def history(self, name: str) -> tuple[FlowVersion, ...]:
        """Return the versions with their times, the newest first; at most a thousand."""
        fields = dict.fromkeys(("version", "at", "by", "note"), 1)
        found = await self._collection.find({"name": name}, fields=fields, sort=[("at", -1)])
        return tuple(from_document(document, FlowVersion) for document in found)

    async def versions(self, name: str) -> tuple[str, ...]:
        """Return the versions, the newest first; at most a thousand."""
        found = await self._collection.find({"name": name}, fields={"version": 1}, sort=[("at", -1)])
        return tuple(document["version"] for document in found)

    def _id(self, name: str, version: str) -> str:
        return f"{self._collection.workspace}:{name}:{version}"
