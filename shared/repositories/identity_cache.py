"""Cache of identities' keys, so that ingress resolves most senders without a round trip.

Changed links (merged customers, a released number, an erasure) of all workspaces are read every two seconds and dropped
from the cache. An outdated key does no harm meanwhile: the router follows merged conversations. Changes are dated, and
read, by MongoDB's clock: those of the machines may differ by half a minute, and a change that was missed would give a
released number's messages to its former owner. So that none is missed for long, a key is cached for minutes only.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cachetools import TTLCache

from shared.clock import Clock
from shared.domain import ids
from shared.domain.identities import ResolvedCustomer
from shared.errors import DependencyAway
from shared.periodic import repeat
from shared.repositories import identities
from shared.repositories.identities import Identities
from shared.storage.batching import Batcher
from shared.storage.cooldown import Cooldown
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_MOST = 200_000  # identities, of some 300 bytes
_PATIENCE = 1.0  # seconds: a provider waits for the answer
_COOLDOWN = 5.0  # seconds
_EVERY = 2.0
_OVERLAP = timedelta(seconds=60)  # longer than a change takes; a new primary's clock may be behind
_TIME_EVERY = 60.0  # seconds between two questions for MongoDB's time
_MOST_AGE = 300.0  # seconds
_CHANGES = 10_000
_BATCH = 500  # people who are looked up together

WorkspacePerson = tuple[str, tuple[str, ...]]
"""A workspace, and the identities of one person."""


class IdentityCache:
    """One per process; `run` is a background task."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._links = mongo.collection(identities.COLLECTION)
        self._clock = clock
        self._keys: TTLCache[str, str] = TTLCache(maxsize=_MOST, ttl=_MOST_AGE, timer=clock.monotonic)
        self._lookups = Batcher[WorkspacePerson, ResolvedCustomer](self._resolve, most=_BATCH)
        self._cooldown = Cooldown(_COOLDOWN, clock)
        self._mongo_time: tuple[float, datetime] | None = None  # and when it was asked for, of the monotonic clock
        self._read_up_to: datetime | None = None  # by MongoDB's clock

    def cached(self, who: WorkspacePerson) -> ResolvedCustomer | None:
        """Return the cached customer, or None. Never waits."""
        workspace, person = who
        keys = {self._keys.get(ids.identity_id(workspace, identity)) for identity in person}
        key = keys.pop()
        return ResolvedCustomer(key=key) if key is not None and not keys else None

    async def look_up(self, people: Iterable[WorkspacePerson]) -> dict[WorkspacePerson, ResolvedCustomer]:
        """Look customers up in MongoDB; while it is unavailable they are left out."""
        unknown: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for workspace, person in dict.fromkeys(people):
            unknown[workspace].append(person)
        found: dict[WorkspacePerson, ResolvedCustomer] = {}
        for workspace, some in unknown.items():
            found |= await self._ask(workspace, some)
        return found

    async def _ask(self, workspace: str, people: list[tuple[str, ...]]) -> dict[WorkspacePerson, ResolvedCustomer]:
        if self._cooldown.is_active():
            return {}
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await asyncio.gather(*(self._lookups((workspace, person)) for person in people))
        except (DependencyAway, TimeoutError):
            self._cooldown.start()
            metrics.SLOWED.labels("mongodb").inc()
            return {}
        for person, resolved in zip(people, found, strict=True):
            if not resolved.joins:
                self._remember(workspace, person, resolved.key)
        return {(workspace, person): resolved for person, resolved in zip(people, found, strict=True)}

    async def _resolve(self, people: Sequence[WorkspacePerson]) -> list[ResolvedCustomer | Exception]:
        """Resolve the people of a batch, of each workspace together."""
        by_workspace: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for workspace, person in dict.fromkeys(people):
            by_workspace[workspace].append(person)
        now = self._clock.now()
        answers = await asyncio.gather(
            *(Identities(self._mongo, workspace).resolve(some, now) for workspace, some in by_workspace.items())
        )
        found = {
            (workspace, person): resolved
            for (workspace, some), answer in zip(by_workspace.items(), answers, strict=True)
            for person, resolved in zip(some, answer, strict=True)
        }
        return [found[one] for one in people]

    def _remember(self, workspace: str, person: tuple[str, ...], key: str) -> None:
        for identity in person:
            self._keys[ids.identity_id(workspace, identity)] = key

    async def drop_changed(self) -> int:
        """Drop the links that have changed since the last call; return how many. Raises DependencyAway."""
        asked_at = await self._time()
        since = (self._read_up_to or asked_at) - _OVERLAP
        # The partial index is used only for a query that names its type.
        changed = {"changed_at": {"$gte": since, "$type": "date"}}
        found = await self._links.find(changed, fields={"_id": 1}, sort=[("changed_at", -1)], limit=_CHANGES)
        if len(found) == _CHANGES:
            self._keys.clear()
        for item in found:
            self._keys.pop(item["_id"], None)
        self._read_up_to = asked_at
        return len(found)

    async def _time(self) -> datetime:
        """Return the time by MongoDB's clock, which is asked once a minute. Raises DependencyAway."""
        now = self._clock.monotonic()
        if self._mongo_time is None or now - self._mongo_time[0] >= _TIME_EVERY:
            self._mongo_time = now, await self._mongo.time()
        asked_at, then = self._mongo_time
        return then + timedelta(seconds=now - asked_at)

    async def run(self, stop: asyncio.Event) -> None:
        """Drop changed links periodically until stopped."""
        await repeat(self.drop_changed, stop, every=_EVERY)
