"""Sessions, users, members and keys as of the last five seconds: no database read for each request, and what is changed
at another replica counts within five seconds. Changes in this process count at once (`forget`).
"""

from typing import TypeVar

from cachetools import TTLCache

from shared.clock import Clock
from shared.domain.accounts import ApiKey, Member, Session, User
from shared.repositories.api_key_directory import ApiKeyDirectory
from shared.repositories.members import MemberRules, Members
from shared.repositories.memberships import Memberships
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

T = TypeVar("T")
SECONDS = 5.0
_MOST = 10_000


class AccountCache:
    """One per process. All methods raise DependencyAway; what does not exist is not remembered."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        timer = clock.monotonic
        self._sessions: TTLCache[str, Session] = TTLCache(_MOST, SECONDS, timer=timer)
        self._users: TTLCache[str, User] = TTLCache(_MOST, SECONDS, timer=timer)
        self._members: TTLCache[str, dict[str, Member]] = TTLCache(_MOST, SECONDS, timer=timer)
        self._rules: TTLCache[str, MemberRules] = TTLCache(_MOST, SECONDS, timer=timer)
        self._keys: TTLCache[str, ApiKey] = TTLCache(_MOST, SECONDS, timer=timer)

    async def session(self, id_: str) -> Session | None:
        return self._sessions.get(id_) or _put(self._sessions, id_, await Sessions(self._mongo).get(id_))

    async def user(self, id_: str) -> User | None:
        return self._users.get(id_) or _put(self._users, id_, await Users(self._mongo).get(id_))

    async def member(self, user: str, workspace: str) -> Member | None:
        found = self._members.get(user)
        if found is None:
            members = await Memberships(self._mongo).of_user(user)
            found = self._members[user] = {one.workspace: one for one in members}
        return found.get(workspace)

    async def rules(self, workspace: str) -> MemberRules:
        found = self._rules.get(workspace)
        if found is None:
            found = self._rules[workspace] = await Members(self._mongo, workspace).rules()
        return found

    async def key(self, digest: str) -> ApiKey | None:
        return self._keys.get(digest) or _put(self._keys, digest, await ApiKeyDirectory(self._mongo).find(digest))

    def forget(self, *, session: str = "", user: str = "", workspace: str = "", key: str = "") -> None:
        """Read again what this process has changed. key: the digest of a key."""
        self._sessions.pop(session, None)
        self._users.pop(user, None)
        self._members.pop(user, None)
        self._rules.pop(workspace, None)
        self._keys.pop(key, None)

    def forget_all(self) -> None:
        """Read everything again, after a change of many."""
        for one in (self._sessions, self._users, self._members, self._rules, self._keys):
            one.clear()


def _put(cache: "TTLCache[str, T]", name: str, value: T | None) -> T | None:
    if value is not None:
        cache[name] = value
    return value
