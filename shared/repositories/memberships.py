"""The workspaces of users, and rules for members, across all workspaces: a person signs in once for all of them."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from shared.domain.accounts import Member
from shared.repositories.members import COLLECTION, MemberRules, member_of, rules_id, rules_in
from shared.storage.mongo import Mongo

_MOST = 1000  # workspaces of a user, or of a query


class PendingRelease(NamedTuple):
    """A member or key whose conversations may have to go back to the queue. holder: see `Conversation.assigned_to`."""

    workspace: str
    holder: str
    since: datetime


class Memberships:
    """The workspaces of users. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def of_user(self, user: str) -> list[Member]:
        """Return a user's memberships, at most a thousand, by workspace."""
        found = await self._collection.find({"user": user}, sort=[("_id", 1)], limit=_MOST)
        return [member for document in found if (member := member_of(document))]

    async def pending_releases(self) -> list[PendingRelease]:
        """Return what `Members.begin_release` noted, of at most a thousand workspaces."""
        found = await self._collection.find(
            {"releases.holder": {"$gt": ""}}, fields={"workspace": 1, "releases": 1}, limit=_MOST
        )
        return [
            PendingRelease(document["workspace"], one["holder"], one["since"])
            for document in found
            for one in document["releases"]
        ]

    async def rules_of(self, workspaces: Collection[str]) -> dict[str, MemberRules]:
        """Return the rules of each of the workspaces, at most a thousand, by one query."""
        asked = {rules_id(workspace): workspace for workspace in workspaces}
        found = await self._collection.find({"_id": {"$in": list(asked)}}, fields={"rules": 1}, limit=_MOST)
        stored = {asked[document["_id"]]: rules_in(document) for document in found}
        return {workspace: stored.get(workspace, MemberRules()) for workspace in workspaces}
