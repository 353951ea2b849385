"""Members: the users of a workspace with their roles, and the workspace's rules for them.

One document more, `<workspace>:`, holds the rules, the `releases` (`shared.operations.accounts.releases`), and the ids
of the owners: an owner leaves that list only while it
has another one, in one update, so that two owners cannot remove each other at the same time.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.domain.accounts import Member, Role, Sees
from shared.errors import Conflict
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "members"
INDEXES = [
    IndexModel([("workspace", 1), ("role", 1)], name="roles"),
    IndexModel([("user", 1)], name="user"),
    IndexModel([("releases.holder", 1)], name="releases", partialFilterExpression={"releases.holder": {"$gt": ""}}),
]
KEY_HOLDER = "key:"
"""Begins `Conversation.assigned_to` of an API key; a member's is the user's id."""
_MOST = 1000  # members of a workspace


class LastOwner(Exception):
    """Raised when a change would leave a workspace without an owner."""


class MemberRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a workspace for its members. second_factor: whether the workspace admits only sessions with a second
    factor. agents_see_numbers: whether agents see phone numbers in full.
    """

    second_factor: bool = False
    agents_see_numbers: bool = True


class Members:
    """The members of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, member: Member) -> bool:
        """Store a new member; return False if the user is one already."""
        try:
            await self._collection.insert({"_id": self._id(member.user), **to_document(member)})
        except Duplicate:
            return False
        if member.role is Role.OWNER:
            await self._add_owner(member.user)
        return True

    async def found(self, owner: Member) -> bool:
        """Store the first member of a new workspace, also if an earlier call for the same owner did not end; return
        False if the workspace ever had another owner, or has this member already.
        """
        try:
            await self._collection.insert({"_id": self._id(""), "workspace": owner.workspace, "owners": [owner.user]})
        except Duplicate:
            if not await self.may_found(owner.user):
                return False
        return await self.add(owner)

    async def may_found(self, user: str) -> bool:
        """Return whether `found` would store this user: nobody is or was a member."""
        stored = await self._collection.find({}, limit=2)
        return not stored or (len(stored) == 1 and stored[0].get("owners", [user]) == [user])

    async def get(self, user: str) -> Member | None:
        return member_of(await self._collection.find_one({"_id": self._id(user)}))

    async def current(self, user: str) -> Member | None:
        """Return a member as `get` does, batched with other look-ups."""
        return member_of(await self._collection.look_up({"_id": self._id(user)}, None))

    async def all(self) -> list[Member]:
        """Return the members, at most a thousand, by role and id."""
        found = await self._collection.find({"role": {"$exists": True}}, sort=[("role", 1), ("_id", 1)], limit=_MOST)
        return [member for document in found if (member := member_of(document))]

    async def change(self, user: str, revision: int, *, role: Role, sees: Sees, channels: Sequence[str]) -> Member:
        """Change a member and return the member as changed.

        Raises Conflict if there is no member with this revision, and LastOwner.
        """
        if role is not Role.OWNER:
            await self._remove_owner(user)
        changes: Document = {"role": role.value, "sees": sees.value, "channels": list(channels)}
        changed = member_of(
            await self._collection.find_and_update(
                {"_id": self._id(user), "revision": revision}, {"$set": changes, "$inc": {"revision": 1}}, after=True
            )
        )
        if role is Role.OWNER and changed is not None:
            await self._add_owner(user)
        if changed is None:
            await self._restore_owner(user)
            raise Conflict("the member was changed meanwhile")
        return changed

    async def remove(self, user: str) -> bool:
        """Remove a member; return False if there is none. Raises LastOwner."""
        await self._remove_owner(user)
        return bool(await self._collection.delete({"_id": self._id(user)}))

    async def begin_release(self, holder: str, since: datetime) -> None:
        """Note that conversations of a member or key may have to go back to the queue; before the change itself.
        holder: as in `Conversation.assigned_to`.
        """
        change: Document = {"$push": {"releases": {"holder": holder, "since": since}}}
        await self._collection.update({"_id": self._id("")}, change, upsert=True)

    async def end_release(self, holder: str, up_to: datetime) -> None:
        """Forget what `begin_release` noted of a holder up to a time."""
        done: Document = {"holder": holder, "since": {"$lte": up_to}}
        await self._collection.update({"_id": self._id("")}, {"$pull": {"releases": done}})

    async def rules(self) -> MemberRules:
        return rules_in(await self._collection.find_one({"_id": self._id("")}, {"rules": 1}))

    async def set_rules(self, rules: MemberRules) -> bool:
        """Store the rules; return False if the workspace never had an owner."""
        changes = {"$set": {"rules": to_document(rules)}}
        return bool(await self._collection.update({"_id": self._id(""), "owners": {"$exists": True}}, changes))

    async def _add_owner(self, user: str) -> None:
        await self._collection.update({"_id": self._id("")}, {"$addToSet": {"owners": user}}, upsert=True)

    async def _remove_owner(self, user: str) -> None:
        """Remove a user from the list of owners if it has another one. Raises LastOwner."""
        listed: Document = {"_id": self._id(""), "owners": user}
        if await self._collection.update({**listed, "owners.1": {"$exists": True}}, {"$pull": {"owners": user}}):
            return
        if await self._collection.find_one(listed, {"_id": 1}) is not None:
            raise LastOwner("a workspace keeps at least one owner")

    async def _restore_owner(self, user: str) -> None:
        """List a member who is still an owner, after a change that failed."""
        member = await self.get(user)
        if member is not None and member.role is Role.OWNER:
            await self._add_owner(user)

    def _id(self, user: str) -> str:
        return f"{rules_id(self._collection.workspace)}{user}"


def member_of(document: Document | None) -> Member | None:
    """Return the member of a stored document."""
    return from_document(document, Member) if document else None


def rules_id(workspace: str) -> str:
    """Return the id of the document that has a workspace's rules."""
    return f"{workspace}:"


def rules_in(document: Document | None) -> MemberRules:
    """Return the rules of a stored document."""
    return from_document((document or {}).get("rules", {}), MemberRules)
