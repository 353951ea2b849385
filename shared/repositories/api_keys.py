"""API keys of workspaces. Only a key's digest is stored. Revoked keys stay for the list until 400 days after it."""

from datetime import datetime

from msgspec import UNSET, UnsetType
from pymongo import IndexModel

from shared.domain.accounts import ApiKey
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "api_keys"
INDEXES = [
    IndexModel([("workspace", 1), ("made_at", 1)], name="workspace"),
    IndexModel([("revoked_at", 1)], name="revoked", expireAfterSeconds=400 * 86_400),
]
_MOST = 500  # keys of a workspace
_ID_DIGITS = 24


def key_id(digest: str) -> str:
    """Return the public id of a key."""
    return f"key-{digest[:_ID_DIGITS]}"


class ApiKeys:
    """The keys of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def create(self, key: ApiKey) -> bool:
        """Store a new key; return False if it is stored already."""
        document = to_document(key)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document})
        except Duplicate:
            return False
        return True

    async def get(self, id_: str) -> ApiKey | None:
        return key_of(await self._collection.find_one({"_id": id_}))

    async def current(self, id_: str) -> ApiKey | None:
        """Return a key as `get` does, batched with other look-ups."""
        return key_of(await self._collection.look_up({"_id": id_}, None))

    async def all(self) -> list[ApiKey]:
        """Return the newest 500 keys, the oldest of them first: a new key can always be seen and revoked."""
        found = await self._collection.find({}, sort=[("made_at", -1), ("_id", -1)], limit=_MOST)
        return [key for document in reversed(found) if (key := key_of(document))]

    async def change(
        self,
        id_: str,
        *,
        name: str | None = None,
        scopes: tuple[str, ...] | None = None,
        ends_at: datetime | UnsetType | None = UNSET,
    ) -> ApiKey | None:
        """Change what is given of a key that is not revoked; return it as it was before, or None. ends_at: None: no
        end.
        """
        given = {"name": name, "scopes": None if scopes is None else list(scopes)}
        changes: Document = {field: value for field, value in given.items() if value is not None}
        if ends_at is not UNSET:
            changes["ends_at"] = ends_at
        if not changes:
            return await self.get(id_)
        return key_of(await self._collection.find_and_update({"_id": id_, "revoked_at": None}, {"$set": changes}))

    async def revoke(self, id_: str, at: datetime) -> bool:
        """Make a key invalid; return False if it is revoked already or unknown."""
        return bool(await self._collection.update({"_id": id_, "revoked_at": None}, {"$set": {"revoked_at": at}}))


def key_of(document: Document | None) -> ApiKey | None:
    """Return the key of a stored document."""
    return from_document({**document, "id": document["_id"]}, ApiKey) if document else None
