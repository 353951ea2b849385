"""Limits of a client's connection that uvicorn does not have.

A connection whose request line and headers do not arrive within `header_timeout` is closed. Headers that are too large
get 431, a URL that is too long 414. At the maximum of open connections, those that have waited longest for their
clients are closed for a new one; if none is waiting, the new one gets 503. So memory is bounded, and slow clients
cannot keep others out, however many they are.

On the hot path this costs a few comparisons per request: no timer is set, `watch` checks all connections.
"""

import asyncio
import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.periodic import repeat
from shared.telemetry import metrics

_PIPELINED = 8  # requests waiting behind another one on their connection; no provider pipelines
_FRAMING = 8  # bytes of chunk sizes and trailers per byte of a body: chunks of one byte have five
_FRAMING_FREE = 65_536
_EVICTABLE_AFTER = 0.25  # seconds that a connection waits for its client before it may be closed for a new one
_CONTINUE = b"HTTP/1.1 100"
_EVICTED_AT_ONCE = 16  # finding them takes as long as finding one


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Limits of the connections of an HTTP server. header_timeout, keep_alive: seconds. connections: open at once.
    headers: how many in a request.
    """

    header_timeout: float
    keep_alive: float
    connections: int
    header_bytes: int
    headers: int = 100
    url_bytes: int = 8192


class _State(IntEnum):
    IDLE = 0  # between requests
    HEAD = 1  # reading the request line and headers
    BODY = 2  # reading the body
    BUSY = 3  # the application handles the request
    REFUSED = 4  # answered without the application, and closed


class _StopParsing(Exception):
    """Raised to stop the parser for a request that is refused."""


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection with the limits of this module."""

    def __init__(self, bounds: ConnectionLimits, **given: Any) -> None:
        super().__init__(**given)
        self._bounds = bounds
        self._state = _State.HEAD
        self._since = 0.0  # when waiting for the client began, by the loop's clock
        self._stuck_since: float | None = None
        self._fed = 0  # bytes since the request began; includes a second request in the same piece
        self._body = 0
        self._status = HTTPStatus.BAD_REQUEST
        self._response: _ResponseTransport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Register the connection, or refuse it with 503."""
        if len(self.connections) >= self._bounds.connections and not _evict_waiting(self.connections, self.loop.time()):
            self.transport = transport
            metrics.CONNECTIONS_CLOSED.labels("full").inc()
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        super().connection_made(transport)
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Parse a piece of a request, of any length."""
        if self._state is _State.REFUSED:
            return
        if self._state is _State.IDLE:
            self._state, self._since, self._fed, self._body = _State.HEAD, self.loop.time(), 0, 0
        self._fed += len(data)
        super().data_received(data)
        if self._fed > self._bounds.header_bytes:
            self._check_size()

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        bounds = self._bounds
        if len(self.headers) > bounds.headers or (self._fed > bounds.header_bytes and self._headers_are_large()):
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if len(self.url) > bounds.url_bytes:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)
        if len(self.pipeline) >= _PIPELINED:
            self._stop(HTTPStatus.TOO_MANY_REQUESTS)
        self._state = _State.BODY
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._response = _ResponseTransport(self.transport)
            self.cycle.transport = self._response  # type: ignore[assignment]  # uvicorn uses these methods of it

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._state is _State.BODY:
            self._state = _State.BUSY
            self._fed = self._body = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Called when the response is written."""
        answered = self.cycle.response_complete
        self._response.flush()
        if answered and self._state is _State.BODY:  # before the whole request arrived: do not wait for the rest
            self.transport.close()
        self._next_request()
        if self._state is not _State.REFUSED:
            self._state = _State.IDLE if answered else _State.BUSY
            self._since = self.loop.time()

    def _next_request(self) -> None:
        """Start a pipelined request, if one waits. As in uvicorn, but without a timer: `check` closes idle ones."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def send_400_response(self, msg: str) -> None:
        """Called when the parser stopped, by itself or through `_StopParsing`."""
        self._refuse(self._status)

    def waits_since(self, now: float) -> float | None:
        """Return since when the connection has waited for its client; None if it does not, or not for long."""
        waits = self._state in (_State.IDLE, _State.HEAD, _State.BODY) and now - self._since >= _EVICTABLE_AFTER
        return self._since if waits else None

    def evict(self) -> None:
        """Close at once, for a new connection."""
        metrics.CONNECTIONS_CLOSED.labels("made_room").inc()
        self._state = _State.REFUSED
        self.connections.discard(self)
        self.transport.abort()

    def check(self, now: float) -> None:
        """Close the connection if it is idle, or its client was too slow to send headers or to read a response."""
        if self.transport.is_closing() or self.flow.write_paused:
            if self._stuck_since is None:
                self._stuck_since = now
            elif now - self._stuck_since > self._bounds.header_timeout:
                self.transport.abort()
            return
        self._stuck_since = None
        if self._state is _State.HEAD and now - self._since > self._bounds.header_timeout:
            metrics.CONNECTIONS_CLOSED.labels("slow").inc()
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif self._state is _State.IDLE and now - self._since > self._bounds.keep_alive:
            self.transport.close()

    def _headers_are_large(self) -> bool:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        return size > self._bounds.header_bytes

    def _check_size(self) -> None:
        """Refuse incomplete headers that are too large, and a body with far more framing than content."""
        if self._state in (_State.HEAD, _State.BUSY):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._state is _State.BODY and self._fed > _FRAMING * self._body + _FRAMING_FREE:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _stop(self, status: HTTPStatus) -> None:
        self._status = status
        raise _StopParsing

    def _refuse(self, status: HTTPStatus) -> None:
        """Respond and close; only close while the application handles an earlier request."""
        if self._state in (_State.HEAD, _State.BODY):
            self.transport.write(_response(status))
        self._state = _State.REFUSED
        self.transport.close()


class _ResponseTransport:
    """Writes the head of a response together with its body, in one system call and one packet."""

    __slots__ = ("_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Keep the head, which uvicorn writes first; write what follows at once."""
        if data.startswith(_CONTINUE):
            self._send(data)
        elif self._head is None:
            self._head = data
        else:
            self._send(self._head + data)
            self._head = b""

    def flush(self) -> None:
        """Write a head without a body."""
        if self._head:
            self._send(self._head)
        self._head = b""

    def close(self) -> None:
        """Close the connection after the head is written."""
        self.flush()
        self._transport.close()

    def _send(self, data: bytes) -> None:
        """Write, unless the connection is closed: uvloop raises then, where asyncio does nothing."""
        if not self._transport.is_closing():
            self._transport.write(data)


def _response(status: HTTPStatus) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", "connection: close", "content-length: 0"]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append("retry-after: 1")
    return "\r\n".join([*lines, "", ""]).encode()


def _evict_waiting(connections: Iterable[Any], now: float) -> bool:
    """Close the connections that have waited longest for their clients; return False if none is waiting."""
    waiting = [
        (since, id(connection), connection)
        for connection in connections
        if isinstance(connection, Connection) and (since := connection.waits_since(now)) is not None
    ]
    for _, _, connection in heapq.nsmallest(_EVICTED_AT_ONCE, waiting):
        connection.evict()
    return bool(waiting)


async def watch(connections: set[Any], bounds: ConnectionLimits, stop: asyncio.Event) -> None:
    """Check all connections of a server periodically until stopped."""
    loop = asyncio.get_running_loop()

    async def look() -> None:
        metrics.CONNECTIONS.set(len(connections))
        now = loop.time()
        for connection in list(connections):
            if isinstance(connection, Connection):  # not a WebSocket, which pings its client
                connection.check(now)

    await repeat(look, stop, every=min(1.0, bounds.header_timeout / 4))
