"""Saved filters of the inbox, of one person or shared with all. Written by the console."""

from typing import Any

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "views"
MOST = 200
SHARED = ""
INDEXES = [IndexModel([("workspace", 1), ("owner", 1), ("name", 1)], name="owner")]


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A saved filter of the inbox. filter: parameters of the list (`folder`, `label`, `channel`, `sort`). owner: a
    person's id; empty: shared with all. by: who made it. revision: counts the changes, from 1.
    """

    id: str
    name: str
    filter: dict[str, Any]
    owner: str
    by: str
    revision: int = 1


class SavedViews:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def visible_to(self, user: str) -> list[SavedView]:
        """Return a person's views and the shared ones, at most 200, by name."""
        found = await self._collection.find({"owner": {"$in": [SHARED, user]}}, sort=[("name", 1)], limit=MOST)
        return [_view(item) for item in found]

    async def get(self, id_: str, user: str) -> SavedView | None:
        """Return one view that a person may use."""
        found = await self._collection.find_one({"_id": self._id(id_), "owner": {"$in": [SHARED, user]}})
        return _view(found) if found else None

    async def add(self, view: SavedView) -> bool:
        """Store a new one; return False if its id is stored already."""
        document = to_document(view)
        document["_id"] = self._id(document.pop("id"))
        try:
            await self._collection.insert(document)
        except Duplicate:
            return False
        return True

    async def change(self, view: SavedView, revision: int) -> bool:
        """Store a changed one; return False if it is missing or has another revision."""
        document = to_document(view) | {"revision": revision + 1}
        document.pop("id")
        return bool(await self._collection.update({"_id": self._id(view.id), "revision": revision}, {"$set": document}))

    async def remove(self, id_: str, user: str) -> bool:
        """Remove a view of a person or a shared one; return whether there was one."""
        return bool(await self._collection.delete({"_id": self._id(id_), "owner": {"$in": [SHARED, user]}}))

    def _id(self, id_: str) -> str:
        return f"{self._collection.workspace}:{id_}"


def _view(document: Document) -> SavedView:
    return from_document({**document, "id": document["_id"].partition(":")[2]}, SavedView)
