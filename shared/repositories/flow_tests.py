"""Tests of flows: one text of each flow, in the form of `shared.operations.flows.trials`. Written by the console."""

from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "flow_tests"
INDEXES = [IndexModel([("workspace", 1), ("flow", 1)], name="flow")]


class FlowTests(msgspec.Struct, frozen=True, kw_only=True):
    """The stored tests of a flow. source: YAML. revision: counts the changes, from 1."""

    flow: str
    source: str
    by: str
    at: datetime
    revision: int = 0


class FlowTestTexts:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, flow: str) -> FlowTests | None:
        """Return the tests of a flow."""
        found = await self._collection.find_one({"_id": self._id(flow)})
        return from_document(found, FlowTests) if found else None

    async def save(self, tests: FlowTests) -> FlowTests | None:
        """Store the next revision; None: another one came first."""
        new = msgspec.structs.replace(tests, revision=tests.revision + 1)
        if not tests.revision:
            try:
                await self._collection.insert({"_id": self._id(tests.flow), **to_document(new)})
            except Duplicate:
                return None
            return new
        query = {"_id": self._id(tests.flow), "revision": tests.revision}
        return new if await self._collection.update(query, {"$set": to_document(new)}) else None

    async def remove(self, flow: str) -> bool:
        """Remove the tests of a flow; return whether there were any."""
        return bool(await self._collection.delete({"_id": self._id(flow)}))

    def _id(self, flow: str) -> str:
        return f"{self._collection.workspace}:{flow}"
