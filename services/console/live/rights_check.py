"""Finds the present rights of callers with a live connection, past all caches, so that a change counts within 5 s."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.console.caller import Principal
from services.console.live.hub import RIGHT_GONE, SIGNED_OUT
from services.console.rights import Role
from shared.clock import Clock
from shared.repositories.api_keys import ApiKeys
from shared.repositories.members import Members
from shared.repositories.sessions import Sessions
from shared.storage.mongo import Mongo

_AT_ONCE = 200
T = TypeVar("T")


class RightsCheck:
    """One per process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def __call__(self, callers: Sequence[Principal]) -> list[Principal | int]:
        """Return each caller with the present rights, or the code to close its connections with. Raises
        DependencyAway.
        """
        people = [caller for caller in callers if caller.kind == "user"]
        sessions = {caller.session for caller in people}
        active: set[str] = set()
        for part in _parts(sessions):
            active |= await Sessions(self._mongo).active(part, self._clock.now())
        asked = {(caller.kind, caller.id, caller.workspace, caller.session): caller for caller in callers}
        found: dict[tuple[str, ...], Principal | int] = {}
        for keys in _parts(asked):
            answers = await asyncio.gather(*(self._current(asked[key], active) for key in keys))
            found |= dict(zip(keys, answers, strict=True))
        return [found[caller.kind, caller.id, caller.workspace, caller.session] for caller in callers]

    async def _current(self, caller: Principal, active: set[str]) -> Principal | int:
        if caller.kind == "key":
            key = await ApiKeys(self._mongo, caller.workspace).current(caller.id)
            if key is None or not key.is_valid(self._clock.now()):
                return SIGNED_OUT
            return replace(caller, scopes=frozenset(key.scopes)) if "events:read" in key.scopes else RIGHT_GONE
        if caller.session not in active:
            return SIGNED_OUT
        member = await Members(self._mongo, caller.workspace).current(caller.id)
        if member is None:
            return RIGHT_GONE
        return replace(caller, role=Role(member.role), sees=member.sees.value, channels=frozenset(member.channels))


def _parts(items: Iterable[T]) -> Iterable[list[T]]:
    every = list(items)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
