"""Finds API keys of all workspaces, for authentication."""

from datetime import datetime, timedelta

from shared.domain.accounts import ApiKey
from shared.repositories.api_keys import COLLECTION, key_id, key_of
from shared.storage.mongo import Document, Mongo

_USED_EVERY = timedelta(minutes=1)


class ApiKeyDirectory:
    """All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def find(self, digest: str) -> ApiKey | None:
        """Return the key with this digest, even if it is revoked or has ended."""
        found = key_of(await self._collection.look_up({"_id": key_id(digest)}, None))
        return found if found is not None and found.digest == digest else None

    async def record_use(self, key: ApiKey, at: datetime) -> bool:
        """Store when the key was used, at most once a minute; return whether it was stored."""
        if key.used_at is not None and at - key.used_at < _USED_EVERY:
            return False
        unused: Document = {"$or": [{"used_at": None}, {"used_at": {"$lte": at - _USED_EVERY}}]}
        return bool(await self._collection.update({"_id": key.id, **unused}, {"$set": {"used_at": at}}))
