"""Wires ingress: settings → parts → run."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn

from services.ingress.accept import Acceptor
from services.ingress.app import IngressApp
from services.ingress.asgi import App
from services.ingress.connection import Connection, ConnectionLimits, watch
from services.ingress.rate_limit import WindowLimiter
from services.ingress.webhooks import RequestLimits, Webhooks
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.service.process import Process, run
from shared.settings import Settings

SERVER_OPTIONS: dict[str, Any] = {
    "loop": "none",
    "ws": "none",
    "lifespan": "off",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "date_header": False,
}
"""Options of uvicorn that leave out all that a webhook does not need."""

_OTHER_FILES = 256  # for Kafka, MongoDB, Redis, logs, and the operations port


class Server(uvicorn.Server):
    """uvicorn without signal handling: the process stops it. `bounds` limit its connections."""

    def __init__(self, config: uvicorn.Config, bounds: ConnectionLimits) -> None:
        super().__init__(config)
        self._bounds = bounds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish the requests in flight. Raises OSError if the port is taken."""
        listening = socket.create_server((self.config.host, self.config.port), backlog=self.config.backlog)
        serving = asyncio.create_task(self.serve(sockets=[listening]))
        over = asyncio.Event()
        watching = asyncio.create_task(watch(self.server_state.connections, self._bounds, over))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([serving, watching, stopping], return_when=asyncio.FIRST_COMPLETED)
        self.should_exit = True
        await serving
        over.set()
        stopping.cancel()
        await watching  # if it failed, end the process: slow clients would never be closed


def make_server(app: App, settings: Settings) -> Server:
    """Return a server of `app` on INGRESS_PORT."""
    bounds = ConnectionLimits(
        header_timeout=settings.ingress_header_timeout,
        keep_alive=settings.ingress_keep_alive,
        connections=settings.ingress_max_connections,
        header_bytes=settings.ingress_max_header_bytes,
    )
    return Server(
        uvicorn.Config(
            app,
            host=settings.bind_host,
            port=settings.ingress_port,
            **SERVER_OPTIONS,
            http=partial(Connection, bounds),  # type: ignore[arg-type]  # any factory of protocols works
            proxy_headers=True,
            forwarded_allow_ips=settings.ingress_trusted_proxies,
            timeout_graceful_shutdown=10,
            backlog=2048,
        ),
        bounds,
    )


def _allow_files(count: int) -> None:
    """Raise the limit of open files to `count`, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def wire(process: Process) -> None:
    """Build and register the parts of an ingress process."""
    settings = process.settings
    mongo = await process.mongo(indexes=False, required=False)
    redis = process.redis()
    producer = await process.producer()
    directory = Directory(mongo, redis, process.secrets(), process.clock)
    senders = WindowLimiter("sender", settings.ingress_messages_per_sender_per_minute, redis, process.clock)
    refusals = WindowLimiter("refused", settings.ingress_rejects_per_ip_per_minute, redis, process.clock)
    limits = RequestLimits(
        max_body=settings.ingress_max_body_bytes,
        max_buffered=settings.ingress_max_buffered_bytes,
        body_timeout=settings.ingress_body_timeout,
        accept_timeout=settings.ingress_accept_timeout,
    )
    identities = IdentityCache(mongo, process.clock)
    acceptor = Acceptor(directory, identities, producer, process.clock, senders)
    webhooks = Webhooks(directory, acceptor, refusals, settings, limits, process.clock)
    _allow_files(settings.ingress_max_connections + _OTHER_FILES)
    server = make_server(IngressApp(webhooks), settings)
    process.part(identities.run)
    process.part(senders.run)
    process.part(refusals.run)
    process.part(server.run_until)
    process.ops.started["http"] = lambda: server.started


def main() -> int:
    """Run the process; return its exit code."""
    return run("ingress", wire, secrets_key=True)
