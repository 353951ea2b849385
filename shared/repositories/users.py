"""Users: people who sign in to the console. A user belongs to no workspace (`members` says which ones admit them).

Erased by `remove`; disabled users stay, without access.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from shared.domain.accounts import SecondFactor, User
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo

COLLECTION = "users"
INDEXES = [IndexModel([("email", 1)], name="email", unique=True)]
_PROFILE = frozenset({"name", "zone", "language", "notifications"})


class Users:
    """All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def create(self, user: User) -> bool:
        """Store a new user; return False if the e-mail address has one."""
        document = to_document(user)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document})
        except Duplicate:
            return False
        return True

    async def get(self, id_: str) -> User | None:
        return _user(await self._collection.find_one({"_id": id_}))

    async def by_email(self, email: str) -> User | None:
        """Return the user of a canonical e-mail address."""
        return _user(await self._collection.find_one({"email": email}))

    async def many(self, ids: Sequence[str]) -> dict[str, User]:
        """Return the users by id."""
        found = await self._collection.find({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)
        return {document["_id"]: user for document in found if (user := _user(document))}

    async def change_profile(self, id_: str, changes: Mapping[str, Any]) -> User | None:
        """Set fields that the user may change; return the user as before. Raises ValueError for other fields."""
        if not changes or changes.keys() - _PROFILE:
            raise ValueError("these are no fields of a profile")
        return _user(await self._collection.find_and_update({"_id": id_}, {"$set": dict(changes)}))

    async def set_password(self, id_: str, password: str, at: datetime, *, was: str | None = None) -> bool:
        """Store a hash; with `was` only if the stored one is still that one, as for a rehash."""
        query: Document = {"_id": id_} if was is None else {"_id": id_, "password": was}
        changes: Document = {"password": password} if was is not None else {"password": password, "password_at": at}
        return bool(await self._collection.update(query, {"$set": changes}))

    async def propose_second_factor(self, id_: str, secret: str) -> bool:
        """Store the sealed secret of an authenticator app to be confirmed; return False if one is confirmed."""
        free: Document = {"_id": id_, "second_factor.confirmed_at": None}
        factor = to_document(SecondFactor(secret=secret))
        return bool(await self._collection.update(free, {"$set": {"second_factor": factor}}))

    async def confirm_second_factor(
        self, id_: str, secret: str, step: int, recovery: Sequence[str], at: datetime
    ) -> bool:
        """Turn on the proposed second factor; return False if another secret was proposed meanwhile."""
        query: Document = {"_id": id_, "second_factor.secret": secret, "second_factor.confirmed_at": None}
        factor = SecondFactor(secret=secret, confirmed_at=at, last_step=step, recovery=tuple(recovery))
        return bool(await self._collection.update(query, {"$set": {"second_factor": to_document(factor)}}))

    async def use_step(self, id_: str, step: int) -> bool:
        """Record an accepted code; return False if this step or a later one was used already."""
        unused: Document = {"_id": id_, "second_factor.last_step": {"$lt": step}}
        return bool(await self._collection.update(unused, {"$set": {"second_factor.last_step": step}}))

    async def use_recovery_code(self, id_: str, digest: str) -> bool:
        """Remove a recovery code; return False if there is no such code."""
        query: Document = {"_id": id_, "second_factor.recovery": digest}
        return bool(await self._collection.update(query, {"$pull": {"second_factor.recovery": digest}}))

    async def replace_recovery_codes(self, id_: str, digests: Sequence[str]) -> bool:
        """Store new recovery codes; return False without a confirmed second factor."""
        query: Document = {"_id": id_, "second_factor.confirmed_at": {"$type": "date"}}
        return bool(await self._collection.update(query, {"$set": {"second_factor.recovery": list(digests)}}))

    async def remove_second_factor(self, id_: str) -> bool:
        """Turn off the second factor; return False if there is none."""
        query: Document = {"_id": id_, "second_factor": {"$type": "object"}}
        return bool(await self._collection.update(query, {"$set": {"second_factor": None}}))

    async def second_factors(self, after: str, limit: int = 500) -> list[tuple[str, str]]:
        """Return ids of users with the sealed secrets of their second factors, by id, beginning after one."""
        query: Document = {"_id": {"$gt": after}, "second_factor": {"$type": "object"}}
        fields = {"second_factor.secret": 1}
        found = await self._collection.find(query, fields=fields, sort=[("_id", 1)], limit=limit)
        return [(document["_id"], document["second_factor"]["secret"]) for document in found]

    async def replace_second_factor_secret(self, id_: str, was: str, sealed: str) -> bool:
        """Store another sealed form of the same secret; return False if the secret was changed meanwhile."""
        query: Document = {"_id": id_, "second_factor.secret": was}
        return bool(await self._collection.update(query, {"$set": {"second_factor.secret": sealed}}))

    async def begin_founding(self, id_: str, now: datetime, until: datetime) -> bool:
        """Let one request make a workspace of the user's until a time; return False while another one does."""
        free: Document = {"_id": id_, "$or": [{"founding_until": None}, {"founding_until": {"$lte": now}}]}
        return bool(await self._collection.update(free, {"$set": {"founding_until": until}}))

    async def end_founding(self, id_: str, until: datetime) -> bool:
        """End what `begin_founding` began with this time; return False if it has ended."""
        query: Document = {"_id": id_, "founding_until": until}
        return bool(await self._collection.update(query, {"$set": {"founding_until": None}}))

    async def change_email(self, id_: str, was: str, email: str) -> bool:
        """Replace the e-mail address; return False if another user has the new one, or the user not the old one."""
        query: Document = {"_id": id_, "email": was, "disabled_at": None}
        try:
            return bool(await self._collection.update(query, {"$set": {"email": email}}))
        except Duplicate:
            return False

    async def disable(self, id_: str, at: datetime) -> bool:
        """Take away all access; return False if the user is disabled already or unknown."""
        return bool(await self._collection.update({"_id": id_, "disabled_at": None}, {"$set": {"disabled_at": at}}))

    async def enable(self, id_: str) -> bool:
        """Give access again; return False if the user is not disabled."""
        query: Document = {"_id": id_, "disabled_at": {"$type": "date"}}
        return bool(await self._collection.update(query, {"$set": {"disabled_at": None}}))

    async def remove(self, id_: str) -> bool:
        """Erase the user; return False if there is none."""
        return bool(await self._collection.delete({"_id": id_}))


def _user(document: Document | None) -> User | None:
    return from_document({**document, "id": document["_id"]}, User) if document else None
