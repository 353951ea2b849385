"""A console replica in this process, with live events, for measurements and tests: real Kafka and MongoDB, a real
port, callers by a key that names its workspace.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import SecretStr

from devtools.stack.ports import any_free_port
from services.console.app import make_app
from services.console.auth.accounts import make_accounts
from services.console.auth.signing_keys import SigningKeys
from services.console.authenticator import ApiKey, Membership, SignedIn
from services.console.live.hub import LiveHub
from services.console.live.mongo_reads import MongoReads
from services.console.live.presence import Channels, Presence
from services.console.pages import Cursors
from services.console.parts import Parts
from services.console.server import make_server
from services.console.token_buckets import TokenBuckets
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis

_KEY = b"2" * 32
_START_LIMIT = 30.0


def token(workspace: str, name: str) -> str:
    """Return a key that `KeyOfWorkspace` takes."""
    return f"bench.{workspace}.{name}"


class KeyOfWorkspace:
    """An authenticator that takes any key `bench.<workspace>.<name>`."""

    async def session(self, cookies: Mapping[str, str], address: str) -> SignedIn | None:
        return None

    async def member(self, user: str, workspace: str) -> Membership | None:
        return None

    async def key(self, token: str, address: str) -> ApiKey | None:
        begin, _, rest = token.partition(".")
        workspace, _, name = rest.rpartition(".")
        scopes = frozenset({"events:read", "conversations:read", "messages:read"})
        return ApiKey(id=name, name=name, workspace=workspace, scopes=scopes) if begin == "bench" else None


async def same_rights(callers: Sequence[Any]) -> Sequence[Any]:
    """Return the callers: nobody's rights change."""
    return list(callers)


class LiveReplica:
    """One replica. Its parts end with `stop`, in order, or with `kill`, at once."""

    def __init__(self, kafka: str, mongo: Mongo, redis: str, producer: KafkaProducer, **hub: Any) -> None:
        clock = SystemClock()
        channels: Channels | None = hub.pop("channels", None)
        name = hub.pop("name", "replica")
        presence = Presence(name, channels, clock.monotonic)
        hub.setdefault("recheck", same_rights)
        authenticator = hub.pop("authenticator", KeyOfWorkspace())
        self.hub = LiveHub(Brokers(kafka), MongoReads(mongo), clock, presence=presence, replica=name, **hub)
        self.port = any_free_port() or 0
        settings = Settings(secrets_key=SecretStr("-"), console_port=self.port)
        self._redis = Redis(redis)
        secrets = Secrets({"k1": _KEY})
        parts = Parts(
            settings=settings,
            clock=clock,
            mongo=mongo,
            redis=self._redis,
            producer=producer,
            secrets=secrets,
            authenticator=authenticator,
            accounts=make_accounts(settings, clock, mongo, self._redis, secrets, keys=SigningKeys({"k1": _KEY})),
            workspaces=Workspaces(mongo, clock),
            cursors=Cursors([_KEY]),
            buckets=TokenBuckets(self._redis, clock),
            live=self.hub,
        )
        self._server = make_server(make_app(parts), settings)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Serve; return when the events are being read."""
        self._tasks = [
            asyncio.create_task(self._server.run_until(self._stop)),
            asyncio.create_task(self.hub.run(self._stop)),
        ]
        async with asyncio.timeout(_START_LIMIT):
            while not (self._server.started and self.hub.tail.ready):
                if failed := next((task for task in self._tasks if task.done()), None):
                    failed.result()
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Stop as after SIGTERM."""
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await self._redis.close()

    def _abort(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    async def kill(self) -> None:
        """End without a word: connections are reset."""
        for server in self._server.servers:
            server.close()
        self._server.force_exit = self._server.should_exit = True
        for task in self._tasks:
            task.cancel()
        self._abort()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(self._tasks)
        self._abort()
        await self._redis.close()
