"""Which workspace and channel a recipient belongs to: the only question that is asked without a workspace.

Two tiers over MongoDB: this process (seconds) and Redis (a minute; `parley apply` takes away the entries of what it
changes). While the stores are away an older entry of this process is used, so that intake goes on.

Whoever asks before a signature is checked may be anybody, and may ask for thousands of names that nobody has. Nobody is
refused for that: what is asked while MongoDB is being asked goes together in the next question, and when many questions
in a row were in vain the next one waits a moment (`_Pace`). So a flood costs MongoDB a few small questions a second,
and a number that is known waits no longer than for one of them.
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
_STALE = 900.0  # seconds for which an entry serves when nothing else can be asked
_UNKNOWN_FRESH = 3.0
_PATIENCE = 1.0  # for the stores, when there is an older entry: a provider waits for the answer
_FROM_PROCESS = metrics.LOOKUPS.labels("process")
_ASK_AGAIN = 5.0  # after they were found away
_IN_REDIS = 60
_MOST = 50_000
_MOST_UNKNOWN = 20_000  # names that nobody has and that are remembered for `_UNKNOWN_FRESH`
_TOGETHER = 500  # names in one question to MongoDB
_FEW = 8  # names that are asked for one by one, of Redis first
_MOST_DOCUMENTS = 1000  # that answer a question about several names; for more, each name is asked for alone
_MOST_ASKING = 20_000  # names asked for at once, while MongoDB does not answer
_FIELDS = {"channels": 1, "region": 1, "shards": 1, "in_doubt": 1}  # the rest of a workspace may be megabytes
CHANGED, CHANGED_SECONDS = b"-", 5
"""What is in Redis for a while after a change in the place of an entry: no channel, and nothing may be put there."""

_BY_KEY, _BY_ACCOUNT, _BY_WORKSPACE = "channels.key", "channels.account", "_id"
_MOST_OF_ACCOUNT = 100  # workspaces that share one
_LONGEST = 200  # characters of a key; anybody may ask for any name, and unknown ones are remembered too


class Found(msgspec.Struct, frozen=True):
    """A channel as the directory caches it; its secrets are encrypted."""

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
    away_at: float | None = None  # when the stores were found away, last


def redis_key(key: str) -> str:
    """Where Redis keeps what is known about a recipient's key."""
    return f"parley:channel:{key}"


class _Pace:
    """Rate limit of look-ups in MongoDB that found nothing: `_BURST` at once, then `_PER_SECOND`; see the module."""

    _BURST = 100.0
    _PER_SECOND = 20.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = self._BURST
        self._at = clock.monotonic()

    async def turn(self) -> None:
        """Wait until one more may be asked: at most for one interval, for they are asked one after another."""
        now = self._clock.monotonic()
        self._left = min(self._BURST, self._left + (now - self._at) * self._PER_SECOND)
        self._at = now
        if self._left < 1:
            await asyncio.sleep(1 / self._PER_SECOND)

    def was_in_vain(self) -> None:
        """Count a look-up that did not find everything."""
        self._left = max(0.0, self._left - 1)


class Directory:
    """Finds channels. All raise DependencyAway when it cannot be known now."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._workspaces = mongo.collection("workspaces")
        self._redis = redis
        self._secrets = secrets
        self._clock = clock
        self._entries: FIFOCache[str, _Entry] = FIFOCache(maxsize=_MOST)
        # Names without channels, apart from the entries, so that they evict none.
        self._unknown: TTLCache[str, None] = TTLCache(_MOST_UNKNOWN, _UNKNOWN_FRESH, timer=clock.monotonic)
        self._pace = _Pace(clock)
        self._questions = {
            field: Batcher[str, list[Found]](partial(self._ask_mongodb, field), most=_TOGETHER)
            for field in (_BY_KEY, _BY_ACCOUNT, _BY_WORKSPACE)
        }
        self._asking: dict[str, asyncio.Task[list[Found]]] = {}  # one question for all who ask it at the same time

    def cached(self, key: str) -> Channel | None:
        """The channel of a recipient's key if this process has it fresh; never waits."""
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
        """The same for many at once, in few questions."""
        asked = list(dict.fromkeys(keys))
        await self._learn("", _BY_KEY, asked)
        return {key: await self.by_recipient(key) for key in asked}

    async def by_account(self, account: str) -> tuple[Channel, ...]:
        """The channels of a provider's account (`meta:<WABA id>`, `twilio:<account SID>`), at most a hundred."""
        return await self._find(f"a:{account}", _BY_ACCOUNT, account)

    async def by_accounts(self, accounts: Iterable[str]) -> dict[str, tuple[Channel, ...]]:
        """The same for many at once, in few questions."""
        asked = list(dict.fromkeys(accounts))
        await self._learn("a:", _BY_ACCOUNT, asked)
        return {account: await self.by_account(account) for account in asked}

    async def by_workspace(self, workspace: str) -> tuple[Channel, ...]:
        """All channels of a workspace."""
        return await self._find(f"w:{workspace}", _BY_WORKSPACE, workspace)

    async def channel(self, workspace: str, channel_id: str) -> Channel | None:
        """A channel of a workspace; one that no cache knows yet is looked for in MongoDB."""
        for channel in await self.by_workspace(workspace):
            if channel.id == channel_id:
                return channel
        for found in await self._questions[_BY_WORKSPACE](workspace):
            if found.id == channel_id:
                self._entries.pop(f"w:{workspace}", None)
                return self._open(found)
        return None

    async def _learn(self, prefix: str, field: str, values: Sequence[str]) -> None:
        """Have in this process what it does not have of these values, if it is much; what fails is asked for alone."""
        now = self._clock.monotonic()
        lacking = [value for value in values if len(value) < _LONGEST and self._fresh(prefix + value, now) is None]
        if len(lacking) <= _FEW:
            return
        for start in range(0, len(lacking), _TOGETHER):
            some = lacking[start : start + _TOGETHER]
            try:
                answers = await self._ask_mongodb(field, some)
            except (DependencyAway, ValueError):
                return
            for value, found in zip(some, answers, strict=True):
                self._remembered(prefix + value, tuple(map(self._open, found)), now)

    def _fresh(self, key: str, now: float) -> tuple[Channel, ...] | None:
        """Return the cached channels while they are fresh; empty: known to have none; None: MongoDB must be asked."""
        entry = self._entries.get(key)
        if entry and now - entry.at < _FRESH:
            return entry.channels
        return () if key in self._unknown else None

    async def _find(self, key: str, field: str, value: str) -> tuple[Channel, ...]:
        """key: of the caches. field, value: what it is in MongoDB."""
        if len(key) > _LONGEST:
            return ()
        now = self._clock.monotonic()
        fresh = self._fresh(key, now)
        if fresh is not None:
            _FROM_PROCESS.inc()
            return fresh
        entry = self._entries.get(key)
        older = entry if entry and now - entry.at < _STALE else None
        if older and older.away_at is not None and now - older.away_at < _ASK_AGAIN:
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        try:
            async with asyncio.timeout(_PATIENCE if older else None):
                found = await self._ask_once(key, field, value)
        except (DependencyAway, TimeoutError):
            if older is None:
                raise
            older.away_at = self._clock.monotonic()
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        return self._remembered(key, tuple(self._open(item) for item in found), now)

    def _remembered(self, key: str, channels: tuple[Channel, ...], now: float) -> tuple[Channel, ...]:
        if channels:
            self._unknown.pop(key, None)
            self._entries[key] = _Entry(channels, now)
        else:
            self._entries.pop(key, None)
            self._unknown[key] = None
        return channels

    async def _ask_once(self, key: str, field: str, value: str) -> list[Found]:
        asking = self._asking.get(key)
        if asking is None:
            if len(self._asking) >= _MOST_ASKING:
                raise DependencyAway("mongodb", f"{_MOST_ASKING} look-ups wait for it")
            asking = self._asking[key] = asyncio.create_task(self._ask(key, field, value))
            asking.add_done_callback(lambda task: self._asked(key, task))
        return await asyncio.shield(asking)

    def _asked(self, key: str, asking: "asyncio.Task[list[Found]]") -> None:
        self._asking.pop(key, None)
        if not asking.cancelled():
            asking.exception()  # who asked may have gone on with an older entry: nobody else looks at it

    async def _ask(self, key: str, field: str, value: str) -> list[Found]:
        cached = await self._in_redis(key)
        if cached is not None:
            metrics.LOOKUPS.labels("redis").inc()
            return cached
        found = await self._questions[field](value)
        if found:
            await self._to_redis(key, found)
        return found

    async def _ask_mongodb(self, field: str, values: Sequence[str]) -> list[list[Found]]:
        """One question: the channels of each value, in the order of the values."""
        await self._pace.turn()
        metrics.LOOKUPS.labels("mongodb").inc()
        distinct = list(dict.fromkeys(values))
        query: dict[str, Any] = {field: distinct[0] if len(distinct) == 1 else {"$in": distinct}}
        limit = _MOST_DOCUMENTS if len(distinct) > 1 else _MOST_OF_ACCOUNT
        documents = await self._workspaces.find(query, fields=_FIELDS, limit=limit)
        if len(distinct) > 1 and len(documents) == limit:
            raise ValueError("there are more workspaces of these names than one answer takes")
        found: dict[str, list[Found]] = {value: [] for value in distinct}
        for document in documents:
            _sort_in(document, field, found)
        if not all(found.values()):
            self._pace.was_in_vain()
        return [found[value] for value in values]

    async def _in_redis(self, key: str) -> list[Found] | None:
        try:
            value = await self._redis.get(redis_key(key))
            return msgspec.json.decode(value, type=list[Found]) if value else None
        except (DependencyAway, msgspec.MsgspecError):
            return None

    async def _to_redis(self, key: str, found: list[Found]) -> None:
        try:
            # Only where nothing is: what was read before a change must not come in after it (see CHANGED).
            where = redis_key(key)
            await self._redis.claim(where, msgspec.json.encode(found), _IN_REDIS, look_at=where)
        except DependencyAway:
            return

    def _open(self, found: Found) -> Channel:
        return Channel(
            workspace=found.workspace,
            id=found.id,
            provider=Provider(found.provider),
            address=found.address,
            settings=found.settings,
            secrets=self._readable(found),
            region=found.region,
            shards=found.shards,
            credential=_credential(found),
            in_doubt=found.in_doubt,
            messages_per_second=found.messages_per_second,
        )

    def _readable(self, found: Found) -> dict[str, str]:
        """The secrets that decrypt. One that does not is left out: its channel fails alone, and says what it lacks."""
        readable = {}
        for name, value in found.secrets.items():
            try:
                readable[name] = self._secrets.decrypt(value, workspace=found.workspace, field=f"{found.id}.{name}")
            except SecretUnreadable as error:
                log.error("A secret cannot be read", workspace_id=found.workspace, channel=found.id, reason=str(error))
        return readable


def _sort_in(document: Mapping[str, Any], field: str, found: dict[str, list[Found]]) -> None:
    """Put the channels of a workspace's document where they were asked for."""
    name = field.removeprefix("channels.")
    for item in document.get("channels", []):
        value = document["_id"] if field == _BY_WORKSPACE else item.get(name)
        if value in found:
            found[value].append(_found(document, StoredChannel.model_validate(item)))


def _found(document: Mapping[str, Any], channel: StoredChannel) -> Found:
    return Found(
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


def _credential(found: Found) -> str:
    """Of the encrypted form, which stays the same until somebody applies another secret."""
    told = msgspec.json.encode((sorted(found.settings.items()), sorted(found.secrets.items())))
    return hashlib.sha256(told).hexdigest()[:16]
