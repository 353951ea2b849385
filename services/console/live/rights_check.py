"""Finds the present rights of callers with a live connection, past all caches, so that a change counts within 5 s."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.console.caller import Principal
from services.console.live.hub import RIGHT_GONE, SIGNED_OUT
from services.console.rights import Role
from shared.clock import Clock
from shared.domain.accounts import Session, User
from shared.repositories.api_keys import ApiKeys
from shared.repositories.members import MemberRules, Members
from shared.repositories.memberships import Memberships
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

_AT_ONCE = 200
T = TypeVar("T")


class RightsCheck:
    """One per process. is_valid: the rule for sessions of requests, `SessionService.is_valid`."""

    def __init__(self, mongo: Mongo, clock: Clock, is_valid: Callable[[Session], bool]) -> None:
        self._mongo = mongo
        self._clock = clock
        self._is_valid = is_valid

    async def __call__(self, callers: Sequence[Principal]) -> list[Principal | int]:
        """Return each caller with the present rights, or the code to close its connections with. Raises
        DependencyAway.
        """
        people = [caller for caller in callers if caller.kind == "user"]
        sessions: dict[str, Session] = {}
        for part in _parts({caller.session for caller in people}):
            sessions |= await Sessions(self._mongo).many(part)
        users: dict[str, User] = {}
        for part in _parts({caller.id for caller in people}):
            users |= await Users(self._mongo).many(part)
        rules: dict[str, MemberRules] = {}
        for part in _parts({caller.workspace for caller in people}):
            rules |= await Memberships(self._mongo).rules_of(part)
        asked = {(caller.kind, caller.id, caller.workspace, caller.session): caller for caller in callers}
        found: dict[tuple[str, ...], Principal | int] = {}
        for keys in _parts(asked):
            answers = await asyncio.gather(
                *(
                    self._of_key(one)
                    if one.kind == "key"
                    else self._of_person(one, sessions.get(one.session), users.get(one.id), rules[one.workspace])
                    for one in map(asked.__getitem__, keys)
                )
            )
            found |= dict(zip(keys, answers, strict=True))
        return [found[caller.kind, caller.id, caller.workspace, caller.session] for caller in callers]

    async def _of_key(self, caller: Principal) -> Principal | int:
        key = await ApiKeys(self._mongo, caller.workspace).current(caller.id)
        if key is None or not key.is_valid(self._clock.now()):
            return SIGNED_OUT
        return replace(caller, scopes=frozenset(key.scopes)) if "events:read" in key.scopes else RIGHT_GONE

    async def _of_person(
        self, caller: Principal, session: Session | None, user: User | None, rules: MemberRules
    ) -> Principal | int:
        if session is None or session.user != caller.id or not self._is_valid(session):
            return SIGNED_OUT
        if user is None or user.disabled_at is not None:
            return SIGNED_OUT
        member = await Members(self._mongo, caller.workspace).current(caller.id)
        if member is None or (rules.second_factor and not session.factor):
            return RIGHT_GONE
        return replace(
            caller,
            role=Role(member.role),
            sees=member.sees.value,
            channels=frozenset(member.channels),
            numbers=rules.agents_see_numbers,
        )


def _parts(items: Iterable[T]) -> Iterable[list[T]]:
    every = list(items)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
