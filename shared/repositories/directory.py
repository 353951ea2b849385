"""Finds the workspace and channel of a recipient, across all workspaces.

Two caches in front of MongoDB: this process (seconds) and Redis (a minute; `parley apply` replaces the entries of what
it changes). While the stores cannot be reached, older entries of this process are used, so that intake continues.

Look-ups happen before a signature is checked, so anyone can send thousands of unknown names. They are not refused, but
batched into few queries, and after many queries without a result the next one waits (`_MissLimiter`). So a flood costs
MongoDB a few small queries per second, and a known number waits for at most one of them.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from cachetools import FIFOCache, TTLCache

from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable
from shared.errors import DependencyAway
from shared.messages.inbound import Provider
from shared.providers.port import Channel
from shared.storage.batching import Batcher
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics
from shared.workspace.config import StoredChannel

log = logging.get(__name__)

_FRESH = 10.0  # seconds in this process
_STALE = 900.0  # seconds for which an entry is used while the stores cannot be reached
_UNKNOWN_FRESH = 3.0
_STORE_LIMIT = 1.0  # seconds for the stores if there is an older entry, as a provider waits for the answer
_FROM_PROCESS = metrics.LOOKUPS.labels("process")
_COOLDOWN = 5.0  # seconds per entry, after the stores could not be reached
_REDIS_SECONDS = 60
_MOST = 50_000
_MOST_UNKNOWN = 20_000  # unknown names that are cached for `_UNKNOWN_FRESH` seconds
_BATCH = 500  # names in one query of MongoDB
_FEW = 8  # names that are looked up one by one, in Redis first
_MOST_DOCUMENTS = 1000  # in the result for several names; if there are more, each name is looked up alone
_MOST_LOOKUPS = 20_000  # under way at once, while MongoDB does not answer
_FIELDS = {"channels": 1, "region": 1, "shards": 1, "in_doubt": 1}  # the rest of a workspace may be megabytes
CHANGED, CHANGED_SECONDS = b"-", 5
"""The value in Redis for some seconds after a change: no channel, and no entry may replace it."""

_BY_KEY, _BY_ACCOUNT, _BY_WORKSPACE = "channels.key", "channels.account", "_id"
_MOST_OF_ACCOUNT = 100  # workspaces that share an account
_LONGEST = 200  # characters of a key, as unknown names are cached too


class CachedChannel(msgspec.Struct, frozen=True):
    """A channel in the cache; its secrets are encrypted."""

    workspace: str
    region: str
    shards: int
    id: str
    provider: str
    address: str
    settings: dict[str, str]
    secrets: dict[str, str]
    in_doubt: str = "resend"
    messages_per_second: float | None = None


@dataclass(slots=True)
class _Entry:
    channels: tuple[Channel, ...]
    at: float
    away_at: float | None = None  # when the stores last could not be reached


def redis_key(key: str) -> str:
    """Return the Redis key of a recipient's cache entry."""
    return f"parley:channel:{key}"


class _MissLimiter:
    """Limits the rate of queries without a result: `_BURST` at once, then `_PER_SECOND`."""

    _BURST = 100.0
    _PER_SECOND = 20.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = self._BURST
        self._at = clock.monotonic()

    async def wait(self) -> None:
        """Wait until the next query is allowed: at most one interval, as queries are made one after another."""
        now = self._clock.monotonic()
        self._left = min(self._BURST, self._left + (now - self._at) * self._PER_SECOND)
        self._at = now
        if self._left < 1:
            await asyncio.sleep(1 / self._PER_SECOND)

    def count_miss(self) -> None:
        """Count a query that did not find all its names."""
        self._left = max(0.0, self._left - 1)


class Directory:
    """Made once per process. All look-ups raise DependencyAway when neither a cache nor a store can answer."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._workspaces = mongo.collection("workspaces")
        self._redis = redis
        self._secrets = secrets
        self._clock = clock
        self._entries: FIFOCache[str, _Entry] = FIFOCache(maxsize=_MOST)
        # Names without channels, apart from the entries, so that they evict none.
        self._unknown: TTLCache[str, None] = TTLCache(_MOST_UNKNOWN, _UNKNOWN_FRESH, timer=clock.monotonic)
        self._misses = _MissLimiter(clock)
        self._batchers = {
            field: Batcher[str, list[CachedChannel]](partial(self._query_mongodb, field), most=_BATCH)
            for field in (_BY_KEY, _BY_ACCOUNT, _BY_WORKSPACE)
        }
        self._lookups: dict[str, asyncio.Task[list[CachedChannel]]] = {}  # one look-up for all concurrent callers

    def cached(self, key: str) -> Channel | None:
        """Return the channel of a recipient's key if this process has a fresh entry; never waits."""
        entry = self._entries.get(key)
        if entry and entry.channels and self._clock.monotonic() - entry.at < _FRESH:
            _FROM_PROCESS.inc()
            return entry.channels[0]
        return None

    async def by_recipient(self, key: str) -> Channel | None:
        """The channel that `shared.providers.port.recipient_key` names; None when there is none."""
        channels = await self._find(key, _BY_KEY, key)
        return channels[0] if channels else None

    async def by_recipients(self, keys: Iterable[str]) -> dict[str, Channel | None]:
        """Return the same for many at once, in few queries; without any for those that this process has."""
        asked = list(dict.fromkeys(keys))
        if len(asked) > _FEW:
            await self._prefetch("", _BY_KEY, asked)
        return {key: self.cached(key) or await self.by_recipient(key) for key in asked}

    async def by_account(self, account: str) -> tuple[Channel, ...]:
        """Return the channels of a provider's account (`meta:<WABA id>`, `twilio:<account SID>`), at most a hundred."""
        return await self._find(f"a:{account}", _BY_ACCOUNT, account)

    async def by_accounts(self, accounts: Iterable[str]) -> dict[str, tuple[Channel, ...]]:
        """Return the same for many at once, in few queries."""
        asked = list(dict.fromkeys(accounts))
        await self._prefetch("a:", _BY_ACCOUNT, asked)
        return {account: await self.by_account(account) for account in asked}

    async def by_workspace(self, workspace: str) -> tuple[Channel, ...]:
        """Return all channels of a workspace."""
        return await self._find(f"w:{workspace}", _BY_WORKSPACE, workspace)

    async def channel(self, workspace: str, channel_id: str) -> Channel | None:
        """Return a channel of a workspace; one that no cache has yet is looked up in MongoDB."""
        for channel in await self.by_workspace(workspace):
            if channel.id == channel_id:
                return channel
        for found in await self._batchers[_BY_WORKSPACE](workspace):
            if found.id == channel_id:
                self._entries.pop(f"w:{workspace}", None)
                return self._channel(found)
        return None

    async def _prefetch(self, prefix: str, field: str, values: Sequence[str]) -> None:
        """Cache the values that this process lacks, if they are many; what fails is looked up one by one later."""
        now = self._clock.monotonic()
        lacking = [value for value in values if len(value) < _LONGEST and self._fresh(prefix + value, now) is None]
        if len(lacking) <= _FEW:
            return
        for start in range(0, len(lacking), _BATCH):
            some = lacking[start : start + _BATCH]
            try:
                answers = await self._query_mongodb(field, some)
            except (DependencyAway, ValueError):
                return
            for value, found in zip(some, answers, strict=True):
                self._store(prefix + value, tuple(map(self._channel, found)), now)

    def _fresh(self, key: str, now: float) -> tuple[Channel, ...] | None:
        """Return the cached channels while they are fresh; empty: known to have none; None: MongoDB must be asked."""
        entry = self._entries.get(key)
        if entry and now - entry.at < _FRESH:
            return entry.channels
        return () if key in self._unknown else None

    async def _find(self, key: str, field: str, value: str) -> tuple[Channel, ...]:
        """Return the channels of a cache key. field, value: the query of MongoDB."""
        if len(key) > _LONGEST:
            return ()
        now = self._clock.monotonic()
        fresh = self._fresh(key, now)
        if fresh is not None:
            _FROM_PROCESS.inc()
            return fresh
        entry = self._entries.get(key)
        older = entry if entry and now - entry.at < _STALE else None
        if older and older.away_at is not None and now - older.away_at < _COOLDOWN:
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        try:
            async with asyncio.timeout(_STORE_LIMIT if older else None):
                found = await self._look_up_once(key, field, value)
        except (DependencyAway, TimeoutError):
            if older is None:
                raise
            older.away_at = self._clock.monotonic()
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        return self._store(key, tuple(self._channel(item) for item in found), now)

    def _store(self, key: str, channels: tuple[Channel, ...], now: float) -> tuple[Channel, ...]:
        if channels:
            self._unknown.pop(key, None)
            self._entries[key] = _Entry(channels, now)
        else:
            self._entries.pop(key, None)
            self._unknown[key] = None
        return channels

    async def _look_up_once(self, key: str, field: str, value: str) -> list[CachedChannel]:
        lookup = self._lookups.get(key)
        if lookup is None:
            if len(self._lookups) >= _MOST_LOOKUPS:
                raise DependencyAway("mongodb", f"{_MOST_LOOKUPS} look-ups are waiting")
            lookup = self._lookups[key] = asyncio.create_task(self._look_up(key, field, value))
            lookup.add_done_callback(lambda task: self._looked_up(key, task))
        return await asyncio.shield(lookup)

    def _looked_up(self, key: str, lookup: "asyncio.Task[list[CachedChannel]]") -> None:
        self._lookups.pop(key, None)
        if not lookup.cancelled():
            lookup.exception()  # the caller may have used an older entry and not read it

    async def _look_up(self, key: str, field: str, value: str) -> list[CachedChannel]:
        cached = await self._from_redis(key)
        if cached is not None:
            metrics.LOOKUPS.labels("redis").inc()
            return cached
        found = await self._batchers[field](value)
        if found:
            await self._to_redis(key, found)
        return found

    async def _query_mongodb(self, field: str, values: Sequence[str]) -> list[list[CachedChannel]]:
        """Return the channels of each value, in the order of the values, by one query."""
        await self._misses.wait()
        metrics.LOOKUPS.labels("mongodb").inc()
        distinct = list(dict.fromkeys(values))
        query: dict[str, Any] = {field: distinct[0] if len(distinct) == 1 else {"$in": distinct}}
        limit = _MOST_DOCUMENTS if len(distinct) > 1 else _MOST_OF_ACCOUNT
        documents = await self._workspaces.find(query, fields=_FIELDS, limit=limit)
        if len(distinct) > 1 and len(documents) == limit:
            raise ValueError("more workspaces have these names than one result may hold")
        found: dict[str, list[CachedChannel]] = {value: [] for value in distinct}
        for document in documents:
            _add_channels(document, field, found)
        if not all(found.values()):
            self._misses.count_miss()
        return [found[value] for value in values]

    async def _from_redis(self, key: str) -> list[CachedChannel] | None:
        try:
            value = await self._redis.get(redis_key(key))
            return msgspec.json.decode(value, type=list[CachedChannel]) if value else None
        except (DependencyAway, msgspec.MsgspecError):
            return None

    async def _to_redis(self, key: str, found: list[CachedChannel]) -> None:
        try:
            # Only if the key is free: a value read before a change must not be stored after it (see CHANGED).
            where = redis_key(key)
            await self._redis.claim(where, msgspec.json.encode(found), _REDIS_SECONDS, look_at=where)
        except DependencyAway:
            return

    def _channel(self, found: CachedChannel) -> Channel:
        readable = self._readable(found)
        return Channel(
            workspace=found.workspace,
            id=found.id,
            provider=Provider(found.provider),
            address=found.address,
            settings=found.settings,
            secrets=readable,
            region=found.region,
            shards=found.shards,
            credential=_digest(found.settings, found.secrets | readable),
            sealed_credential=_digest(found.settings, found.secrets),
            in_doubt=found.in_doubt,
            messages_per_second=found.messages_per_second,
        )

    def _readable(self, found: CachedChannel) -> dict[str, str]:
        """Return the secrets that decrypt. Without one, only its channel fails, and names what is missing."""
        readable = {}
        for name, value in found.secrets.items():
            try:
                readable[name] = self._secrets.decrypt(value, workspace=found.workspace, field=f"{found.id}.{name}")
            except SecretUnreadable as error:
                metrics.SECRETS_UNREADABLE.labels(found.provider).inc()
                log.error("A secret cannot be read", workspace_id=found.workspace, channel=found.id, reason=str(error))
        return readable


def _add_channels(document: Mapping[str, Any], field: str, found: dict[str, list[CachedChannel]]) -> None:
    """Add the channels of a workspace's document to those of the values that match."""
    name = field.removeprefix("channels.")
    for item in document.get("channels", []):
        value = document["_id"] if field == _BY_WORKSPACE else item.get(name)
        if value in found:
            found[value].append(_cached_channel(document, StoredChannel.model_validate(item)))


def _cached_channel(document: Mapping[str, Any], channel: StoredChannel) -> CachedChannel:
    return CachedChannel(
        workspace=str(document["_id"]),
        region=str(document.get("region", "")),
        shards=int(str(document.get("shards", 1))),
        id=channel.id,
        provider=channel.provider.value,
        address=channel.address,
        settings=channel.settings,
        secrets=channel.secrets,
        in_doubt=str(document.get("in_doubt", "resend")),
        messages_per_second=channel.messages_per_second,
    )


def _digest(settings: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """Return a hash of a channel's settings and secrets. Of secrets in the clear it does not change when they are
    encrypted with another key; one that cannot be read counts in its encrypted form.
    """
    encoded = msgspec.json.encode((sorted(settings.items()), sorted(secrets.items())))
    return hashlib.sha256(encoded).hexdigest()[:16]
