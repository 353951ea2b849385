"""Invitations into workspaces. MongoDB removes them 30 days after their end."""

from collections.abc import Collection
from datetime import datetime

from pymongo import IndexModel

from shared.domain.accounts import Invitation, Role
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "invitations"
INDEXES = [
    IndexModel([("workspace", 1), ("made_at", -1)], name="workspace"),
    IndexModel([("ends_at", 1)], name="ends", expireAfterSeconds=30 * 86_400),
]
_MOST = 500


class Invitations:
    """The invitations of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def create(self, invitation: Invitation) -> bool:
        """Store a new invitation; return False if it is stored already."""
        document = to_document(invitation)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document})
        except Duplicate:
            return False
        return True

    async def get(self, id_: str) -> Invitation | None:
        return _invitation(await self._collection.find_one({"_id": id_}))

    async def open(self, now: datetime) -> list[Invitation]:
        """Return the invitations that can be accepted, the newest first; at most 500."""
        query: Document = {"used_at": None, "ends_at": {"$gt": now}}
        found = await self._collection.find(query, sort=[("made_at", -1), ("_id", 1)], limit=_MOST)
        return [one for document in found if (one := _invitation(document))]

    async def take(self, id_: str, digest: str, user: str, at: datetime) -> Invitation | None:
        """Use an invitation; return None if it was used, has ended, or the digest is another one."""
        query: Document = {"_id": id_, "digest": digest, "used_at": None, "ends_at": {"$gt": at}}
        return _invitation(await self._collection.find_and_update(query, {"$set": {"used_at": at, "used_by": user}}))

    async def withdraw(self, id_: str) -> bool:
        """Remove an unused invitation; return False if there is none."""
        return bool(await self._collection.delete({"_id": id_, "used_at": None}))

    async def withdraw_made_by(self, made_by: str, but: Collection[Role] = ()) -> int:
        """Remove the unused invitations that somebody made, but those for these roles; return how many."""
        query: Document = {"made_by": made_by, "used_at": None, "role": {"$nin": [role.value for role in but]}}
        return await self._collection.delete(query)


def _invitation(document: Document | None) -> Invitation | None:
    return from_document({**document, "id": document["_id"]}, Invitation) if document else None
