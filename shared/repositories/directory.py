"""Which workspace and channel a recipient belongs to: the only question that is asked without a workspace.

Two tiers over MongoDB: this process (seconds) and Redis (a minute; `parley apply` takes away the entries of what it
changes). While the stores are away an older entry of this process is used, so that intake goes on.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable
from shared.errors import DependencyAway
from shared.messages.inbound import Provider
from shared.providers.port import Channel
from shared.repositories.mongo import Mongo
from shared.repositories.redis import Redis
from shared.telemetry import logging, metrics
from shared.workspace import StoredChannel

log = logging.get(__name__)

_FRESH = 10.0  # seconds in this process
_STALE = 900.0  # seconds for which an entry serves when nothing else can be asked
_UNKNOWN_FRESH = 3.0
_PATIENCE = 1.0  # for the stores, when there is an older entry: a provider waits for the answer
_FROM_PROCESS = metrics.LOOKUPS.labels("process")
_ASK_AGAIN = 5.0  # after they were found away
_IN_REDIS = 60
_MOST = 50_000
CHANGED, CHANGED_SECONDS = b"-", 5
"""What is in Redis for a while after a change in the place of an entry: no channel, and nothing may be put there."""

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


class Directory:
    """Finds channels. All raise DependencyAway when it cannot be known now."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._workspaces = mongo.collection("workspaces")
        self._redis = redis
        self._secrets = secrets
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._asking: dict[str, asyncio.Task[list[Found]]] = {}  # one question for all who ask it at the same time

    def cached(self, key: str) -> Channel | None:
        """The channel of a recipient's key if this process has it fresh; never waits."""
        entry = self._entries.get(key)
        if entry and entry.channels and self._clock.monotonic() - entry.at < _FRESH:
            _FROM_PROCESS.inc()
            return entry.channels[0]
        return None

    def knows_workspace(self, workspace: str) -> bool:
        """Whether this process has the channels of a workspace, of whatever age; never waits."""
        return f"w:{workspace}" in self._entries

    async def by_recipient(self, key: str) -> Channel | None:
        """The channel that `shared.workspace.recipient_key` names; None when there is none."""
        channels = await self._find(key, {"channels.key": key}, lambda channel: channel.key == key)
        return channels[0] if channels else None

    async def by_account(self, account: str) -> tuple[Channel, ...]:
        """The channels of a provider's account (`meta:<WABA id>`, `twilio:<account SID>`), at most a hundred."""
        return await self._find(
            f"a:{account}", {"channels.account": account}, lambda channel: channel.account == account
        )

    async def by_workspace(self, workspace: str) -> tuple[Channel, ...]:
        """All channels of a workspace."""
        return await self._find(f"w:{workspace}", {"_id": workspace}, lambda _: True)

    async def channel(self, workspace: str, channel_id: str) -> Channel | None:
        """A channel of a workspace; one that no cache knows yet is looked for in MongoDB."""
        for channel in await self.by_workspace(workspace):
            if channel.id == channel_id:
                return channel
        for found in await self._ask_mongodb(f"w:{workspace}", {"_id": workspace}, lambda _: True):
            if found.id == channel_id:
                self._entries.pop(f"w:{workspace}", None)
                return self._open(found)
        return None

    async def _find(
        self, key: str, query: dict[str, str], wanted: Callable[[StoredChannel], bool]
    ) -> tuple[Channel, ...]:
        if len(key) > _LONGEST:
            return ()
        entry = self._entries.get(key)
        now = self._clock.monotonic()
        if entry and now - entry.at < (_FRESH if entry.channels else _UNKNOWN_FRESH):
            _FROM_PROCESS.inc()
            return entry.channels
        older = entry if entry and entry.channels and now - entry.at < _STALE else None
        if older and older.away_at is not None and now - older.away_at < _ASK_AGAIN:
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        try:
            async with asyncio.timeout(_PATIENCE if older else None):
                found = await self._ask_once(key, query, wanted)
        except (DependencyAway, TimeoutError):
            if older is None:
                raise
            older.away_at = self._clock.monotonic()
            metrics.LOOKUPS.labels("stale").inc()
            return older.channels
        channels = tuple(self._open(item) for item in found)
        self._entries[key] = _Entry(channels, now)
        self._entries.move_to_end(key)
        while len(self._entries) > _MOST:
            self._entries.popitem(last=False)
        return channels

    async def _ask_once(self, key: str, query: dict[str, str], wanted: Callable[[StoredChannel], bool]) -> list[Found]:
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(key, query, wanted))
            asking.add_done_callback(lambda task: self._asked(key, task))
        return await asyncio.shield(asking)

    def _asked(self, key: str, asking: "asyncio.Task[list[Found]]") -> None:
        self._asking.pop(key, None)
        if not asking.cancelled():
            asking.exception()  # who asked may have gone on with an older entry: nobody else looks at it

    async def _ask(self, key: str, query: dict[str, str], wanted: Callable[[StoredChannel], bool]) -> list[Found]:
        cached = await self._in_redis(key)
        if cached is not None:
            metrics.LOOKUPS.labels("redis").inc()
            return cached
        return await self._ask_mongodb(key, query, wanted)

    async def _ask_mongodb(
        self, key: str, query: dict[str, str], wanted: Callable[[StoredChannel], bool]
    ) -> list[Found]:
        metrics.LOOKUPS.labels("mongodb").inc()
        found: list[Found] = []
        for document in await self._workspaces.find(dict(query), limit=100):
            for item in document.get("channels", []):
                channel = StoredChannel.model_validate(item)
                if wanted(channel):
                    found.append(_found(document, channel))
        if found:
            await self._to_redis(key, found)
        return found

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


def _found(document: dict[str, object], channel: StoredChannel) -> Found:
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
