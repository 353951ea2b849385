"""The workspaces of users, and rules for members, across all workspaces: a person signs in once for all of them."""

from collections.abc import Collection

from shared.domain.accounts import Member
from shared.repositories.members import COLLECTION, MemberRules, member_of, rules_id, rules_in
from shared.storage.mongo import Mongo

_MOST = 1000  # workspaces of a user, or of a query


class Memberships:
    """The workspaces of users. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def of_user(self, user: str) -> list[Member]:
        """Return a user's memberships, at most a thousand, by workspace."""
        found = await self._collection.find({"user": user}, sort=[("_id", 1)], limit=_MOST)
        return [member for document in found if (member := member_of(document))]

    async def rules_of(self, workspaces: Collection[str]) -> dict[str, MemberRules]:
        """Return the rules of each of the workspaces, at most a thousand, by one query."""
        asked = {rules_id(workspace): workspace for workspace in workspaces}
        found = await self._collection.find({"_id": {"$in": list(asked)}}, fields={"rules": 1}, limit=_MOST)
        stored = {asked[document["_id"]]: rules_in(document) for document in found}
        return {workspace: stored.get(workspace, MemberRules()) for workspace in workspaces}
