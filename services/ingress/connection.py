"""One connection of a client, within bounds: what uvicorn leaves without a limit.

A client that is slow with its request line and headers, or says nothing, is closed after `header_timeout`. A head that
is too large gets 431, a URL that is too long 414. When all places are taken, those who have kept us waiting for longest
make room for who comes; when nobody keeps us waiting, who comes gets 503. So memory is bounded, and slow clients, be
they many, do not keep an honest one out.

On the hot path this costs a few comparisons for each request: no timer is set, `watch` looks at all connections.
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

_PIPELINED = 8  # requests that may wait behind another one on their connection; no provider sends any so
_FRAMING = 8  # bytes of chunk sizes and trailers for each byte of a body: pieces of one byte come with five
_FRAMING_FREE = 65_536
_PATIENCE = 0.25  # seconds of waiting before a connection may have to make room
_MAKE_ROOM_FOR = 16  # at once: looking for them takes as long as looking for one


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """header_timeout: seconds. connections: open at once in this process."""

    header_timeout: float
    connections: int
    header_bytes: int
    headers: int = 100
    url_bytes: int = 8192


class _State(IntEnum):
    IDLE = 0  # between requests, nothing has come
    HEAD = 1  # the request line and headers are coming
    BODY = 2
    BUSY = 3  # the request is here; it is our turn
    REFUSED = 4


class _Refused(Exception):
    """Ends the parser's work on a request that is answered already."""


class Connection(HttpToolsProtocol):
    """See the module."""

    def __init__(self, bounds: ConnectionLimits, **given: Any) -> None:
        super().__init__(**given)
        self._bounds = bounds
        self._state = _State.HEAD
        self._since = 0.0  # when we began to wait for the client, of the loop's clock
        self._stuck_since: float | None = None
        self._fed = 0  # bytes since the request began, roughly: a second one in the same piece is counted too
        self._body = 0
        self._status = HTTPStatus.BAD_REQUEST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Somebody connected."""
        if len(self.connections) >= self._bounds.connections and not _make_room(self.connections, self.loop.time()):
            self.transport = transport
            metrics.CONNECTIONS_CLOSED.labels("full").inc()
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        super().connection_made(transport)
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """A piece of a request, of any length."""
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
        if len(self.headers) > bounds.headers or (self._fed > bounds.header_bytes and self._head_is_large()):
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if len(self.url) > bounds.url_bytes:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)
        if len(self.pipeline) >= _PIPELINED:
            self._stop(HTTPStatus.TOO_MANY_REQUESTS)
        self._state = _State.BODY
        super().on_headers_complete()

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
        """Called when the answer is written."""
        answered = self.cycle.response_complete
        if answered and self._state is _State.BODY:  # before the request was here: the rest of it is not waited for
            self.transport.close()
        super().on_response_complete()
        if self._state is not _State.REFUSED:
            self._state = _State.IDLE if answered else _State.BUSY
            self._since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Called when the parser has stopped: for its own reasons, or for ours."""
        self._refuse(self._status)

    def waits_since(self, now: float) -> float | None:
        """Since when this connection has been waiting for its client; None when it is not, or not for long."""
        waits = self._state in (_State.IDLE, _State.HEAD, _State.BODY) and now - self._since >= _PATIENCE
        return self._since if waits else None

    def make_room(self) -> None:
        """Close at once, for somebody else."""
        metrics.CONNECTIONS_CLOSED.labels("made_room").inc()
        self._state = _State.REFUSED
        self.connections.discard(self)
        self.transport.abort()

    def look(self, now: float) -> None:
        """Close the connection if its client has been too slow: with a head, or with taking an answer."""
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

    def _head_is_large(self) -> bool:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        return size > self._bounds.header_bytes

    def _check_size(self) -> None:
        """Pieces of a head that is not complete, or so much around a body that it cannot be meant."""
        if self._state in (_State.HEAD, _State.BUSY):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._state is _State.BODY and self._fed > _FRAMING * self._body + _FRAMING_FREE:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _stop(self, status: HTTPStatus) -> None:
        self._status = status
        raise _Refused

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer by ourselves and close; only close while the answer to an earlier request is being made."""
        if self._state in (_State.HEAD, _State.BODY):
            self.transport.write(_answer(status))
        self._state = _State.REFUSED
        self.transport.close()


def _answer(status: HTTPStatus) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", "connection: close", "content-length: 0"]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append("retry-after: 1")
    return "\r\n".join([*lines, "", ""]).encode()


def _make_room(connections: Iterable[Any], now: float) -> bool:
    """Close the connections that have been waiting for their clients for longest; False when none is."""
    waiting = [(since, id(one), one) for one in connections if (since := one.waits_since(now)) is not None]
    for _, _, one in heapq.nsmallest(_MAKE_ROOM_FOR, waiting):
        one.make_room()
    return bool(waiting)


async def watch(connections: set[Any], bounds: ConnectionLimits, stop: asyncio.Event) -> None:
    """Look at all connections of a server again and again, until stopped."""
    loop = asyncio.get_running_loop()

    async def look() -> None:
        metrics.CONNECTIONS.set(len(connections))
        now = loop.time()
        for one in list(connections):
            one.look(now)

    await repeat(look, stop, every=min(1.0, bounds.header_timeout / 4))
