"""Positions of a flow's steps on the canvas. They mean nothing to the flow. Written by the console."""

from collections.abc import Mapping

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "flow_layouts"
INDEXES = [IndexModel([("workspace", 1), ("flow", 1)], name="flow")]


class FlowLayout(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a flow's steps on the canvas. positions: x and y by step. collapsed: names of groups that are
    folded.
    """

    positions: Mapping[str, tuple[float, float]] = {}
    collapsed: tuple[str, ...] = ()


class FlowLayouts:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, flow: str) -> FlowLayout | None:
        """Return the layout of a flow."""
        found = await self._collection.find_one({"_id": self._id(flow)})
        return from_document(found, FlowLayout) if found else None

    async def put(self, flow: str, layout: FlowLayout) -> None:
        """Store the layout of a flow; the last one counts."""
        query, change = {"_id": self._id(flow)}, {"$set": {"flow": flow, **to_document(layout)}}
        try:
            await self._collection.update(query, change, upsert=True)
        except Duplicate:  # another browser has just stored the first one
            await self._collection.update(query, change)

    async def remove(self, flow: str) -> bool:
        """Remove a layout; return whether there was one."""
        return bool(await self._collection.delete({"_id": self._id(flow)}))

    def _id(self, flow: str) -> str:
        return f"{self._collection.workspace}:{flow}"
