"""A uvicorn server as a part of a process: the process stops it, and its connections are limited."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn

from shared.http.asgi import App
from shared.http.connection import Connection, ConnectionLimits, watch

SERVER_OPTIONS: dict[str, Any] = {
    "loop": "none",
    "ws": "none",
    "lifespan": "off",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "date_header": False,
}
"""Options of uvicorn that leave out all that our services do not need."""

_OTHER_FILES = 256  # for Kafka, MongoDB, Redis, logs, and the operations port


class Server(uvicorn.Server):
    """uvicorn without signal handling: the process stops it. `bounds` limit its connections."""

    def __init__(self, config: uvicorn.Config, bounds: ConnectionLimits) -> None:
        super().__init__(config)
        self._bounds = bounds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stats(self) -> dict[str, int]:
        """Return the open connections, WebSockets included, and the requests since the start, without those."""
        state = self.server_state
        return {"connections": len(state.connections), "requests": state.total_requests}

    async def run_until(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish the requests in flight; end at once when it is cancelled. Raises
        OSError if the port is taken.
        """
        listening = socket.create_server((self.config.host, self.config.port), backlog=self.config.backlog)
        serving = asyncio.create_task(self.serve(sockets=[listening]))
        over = asyncio.Event()
        watching = asyncio.create_task(watch(self.server_state.connections, self._bounds, over))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, watching, stopping], return_when=asyncio.FIRST_COMPLETED)
            self.should_exit = True
            await serving
            over.set()
            await watching  # if it failed, end the process: slow clients would never be closed
        finally:
            for task in (serving, watching, stopping):
                task.cancel()
            await asyncio.wait([serving, watching, stopping])


def make_server(app: App, bounds: ConnectionLimits, *, host: str, port: int, proxies: str, **options: Any) -> Server:
    """Return a server of `app`. proxies: those whose `X-Forwarded-*` count. options: of uvicorn, besides ours."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            **{**SERVER_OPTIONS, **options},
            http=partial(Connection, bounds),  # type: ignore[arg-type]  # any factory of protocols works
            proxy_headers=True,
            forwarded_allow_ips=proxies,
            timeout_graceful_shutdown=10,
            backlog=2048,
        ),
        bounds,
    )


def allow_connections(count: int) -> None:
    """Raise the limit of open files for so many connections, as far as the system permits."""
    wanted = count + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
