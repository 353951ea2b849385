"""The workspaces of users, across all workspaces: a person signs in once for all of them."""

from shared.domain.accounts import Member
from shared.repositories.members import COLLECTION, member_of
from shared.storage.mongo import Mongo

_MOST = 1000  # workspaces of a user


class Memberships:
    """The workspaces of users. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def of_user(self, user: str) -> list[Member]:
        """Return a user's memberships, at most a thousand, by workspace."""
        found = await self._collection.find({"user": user}, sort=[("_id", 1)], limit=_MOST)
        return [member for document in found if (member := member_of(document))]
