"""Sessions of signed-in users. MongoDB removes them when they end."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import DESCENDING, IndexModel

from shared.domain.accounts import Session
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Mongo

COLLECTION = "sessions"
INDEXES = [
    IndexModel([("user", 1), ("seen_at", -1)], name="user"),
    IndexModel([("ends_at", 1)], name="ends", expireAfterSeconds=0),
]
_MOST = 200  # sessions of a user


class Sessions:
    """All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def start(self, session: Session) -> None:
        document = to_document(session)
        await self._collection.insert({"_id": document.pop("id"), **document})

    async def get(self, id_: str) -> Session | None:
        return _session(await self._collection.look_up({"_id": id_}, None))

    async def many(self, ids: Collection[str]) -> dict[str, Session]:
        """Return sessions by id, valid or not."""
        found = await self._collection.find({"_id": {"$in": list(ids)}}, limit=max(1, len(ids)))
        return {session.id: session for document in found if (session := _session(document))}

    async def of_user(self, user: str, now: datetime) -> list[Session]:
        """Return a user's sessions that have not ended, the last seen first."""
        query: Document = {"user": user, "revoked_at": None, "ends_at": {"$gt": now}}
        found = await self._collection.find(query, sort=[("seen_at", DESCENDING)], limit=_MOST)
        return [session for document in found if (session := _session(document))]

    async def last_seen(self, users: Sequence[str]) -> dict[str, datetime]:
        """Return when users were last seen, by id; those without a stored session are missing."""
        fields = {"user": 1, "seen_at": 1}
        found = await self._collection.find(
            {"user": {"$in": list(users)}}, fields=fields, sort=[("seen_at", 1)], limit=_MOST * 50
        )
        return {document["user"]: document["seen_at"] for document in found}

    async def rotate(self, id_: str, used: str, new: str, at: datetime) -> bool:
        """Replace the refresh digest `used`; return False if it is not the valid one, or the session was revoked."""
        query: Document = {"_id": id_, "refresh": used, "revoked_at": None}
        changes = {"refresh": new, "former": used, "rotated_at": at, "seen_at": at}
        return bool(await self._collection.update(query, {"$set": changes}))

    async def prove(self, id_: str, at: datetime, *, factor: bool) -> bool:
        """Record a fresh proof of identity; factor: it was a second factor, or one was given at sign-in."""
        changes: Document = {"proved_at": at, **({"factor": True} if factor else {})}
        return bool(await self._collection.update({"_id": id_, "revoked_at": None}, {"$set": changes}))

    async def forget_factor(self, user: str) -> int:
        """Note that a user's sessions have no second factor any more; return how many had one."""
        return await self._collection.update_many({"user": user, "factor": True}, {"$set": {"factor": False}})

    async def revoke(self, id_: str, reason: str, at: datetime) -> bool:
        """End a session; return False if it has ended already."""
        changes = {"revoked_at": at, "revoked_for": reason}
        return bool(await self._collection.update({"_id": id_, "revoked_at": None}, {"$set": changes}))

    async def revoke_all(self, user: str, reason: str, at: datetime, *, but: Sequence[str] = ()) -> int:
        """End a user's sessions except those named in `but`; return how many."""
        query: Document = {"user": user, "revoked_at": None, "_id": {"$nin": list(but)}}
        return await self._collection.update_many(query, {"$set": {"revoked_at": at, "revoked_for": reason}})

    async def remove_all(self, user: str) -> int:
        """Erase a user's sessions; return how many."""
        return await self._collection.delete({"user": user})


def _session(document: Document | None) -> Session | None:
    return from_document({**document, "id": document["_id"]}, Session) if document else None
