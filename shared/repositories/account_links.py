"""One-time links that set passwords and confirm e-mail addresses. MongoDB removes them a day after their end."""

from datetime import datetime

from pymongo import IndexModel

from shared.domain.accounts import AccountLink, LinkKind
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Mongo

COLLECTION = "account_links"
INDEXES = [
    IndexModel([("email", 1)], name="email"),
    IndexModel([("user", 1)], name="user"),
    IndexModel([("ends_at", 1)], name="ends", expireAfterSeconds=86_400),
]


class AccountLinks:
    """All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def create(self, link: AccountLink) -> None:
        """Store a new link instead of the unused ones of the same kind and address."""
        await self._collection.delete({"email": link.email, "kind": link.kind.value, "used_at": None})
        document = to_document(link)
        await self._collection.insert({"_id": document.pop("digest"), **document})

    async def get(self, digest: str, kind: LinkKind, now: datetime) -> AccountLink | None:
        """Return a link that can be used."""
        return _link(await self._collection.find_one(_usable(digest, kind, now)))

    async def take(self, digest: str, kind: LinkKind, at: datetime) -> AccountLink | None:
        """Use a link; return None if it was used, has ended, or there is none."""
        found = await self._collection.find_and_update(_usable(digest, kind, at), {"$set": {"used_at": at}})
        return _link(found)

    async def remove_unused(self, user: str) -> int:
        """End the unused links of a user; return how many."""
        return await self._collection.delete({"user": user, "used_at": None})

    async def remove_all(self, user: str, email: str) -> int:
        """Erase all links of a user, and those to an address; return how many. user: not empty."""
        return await self._collection.delete({"$or": [{"user": user}, {"email": email}]})


def _usable(digest: str, kind: LinkKind, now: datetime) -> Document:
    return {"_id": digest, "kind": kind.value, "used_at": None, "ends_at": {"$gt": now}}


def _link(document: Document | None) -> AccountLink | None:
    return from_document({**document, "digest": document["_id"]}, AccountLink) if document else None
