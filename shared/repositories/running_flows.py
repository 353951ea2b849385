"""Numbers of conversations by the flow, version and step in which they wait. Read from the conversations, by an index
of its own that has no entries for those outside of flows.
"""

import msgspec
from pymongo import IndexModel

from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

CONVERSATIONS = "conversations"
INDEX = IndexModel(
    [("workspace", 1), ("state.flow.flow", 1), ("state.flow.version", 1), ("state.flow.step", 1)],
    name="flows",
    partialFilterExpression={"state.flow.flow": {"$gt": ""}},
)
_MOST = 10_000


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The conversations that wait in one step of a flow. count: of conversations. A flow that called a sub-flow is
    counted where the sub-flow waits.
    """

    flow: str
    version: str
    step: str
    count: int


class RunningFlows:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(CONVERSATIONS), workspace)

    async def of(self, flow: str) -> list[Waiting]:
        """Return where conversations wait in a flow, those with the most first."""
        return await self._count({"state.flow.flow": flow}, "$state.flow.step")

    async def all(self) -> list[Waiting]:
        """Return how many conversations wait in each version of each flow; `step` is empty."""
        return await self._count({"state.flow.flow": {"$gt": ""}}, "")

    async def _count(self, query: Document, step: str) -> list[Waiting]:
        group = {"flow": "$state.flow.flow", "version": "$state.flow.version", "step": step}
        stages: list[Document] = [{"$group": {"_id": group, "count": {"$sum": 1}}}, {"$sort": {"count": -1, "_id": 1}}]
        found = await self._collection.aggregate(query, stages, limit=_MOST)
        return [Waiting(**one["_id"], count=one["count"]) for one in found]
