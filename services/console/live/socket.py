"""The WebSocket of live events: the protocol of one connection (subprotocol `parley.v1`).

One task reads the browser's frames and one writes those of its outbox. A browser that reads slowly holds up only its
own writer: the outbox is bounded, and everything else goes on.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from starlette.websockets import WebSocketDisconnect

from services.console.live import frames
from services.console.live.frames import FromBrowser, Hello, InvalidFrame
from services.console.live.hub import LiveHub, Seat
from services.console.live.subscriber import Caller, Subscriber
from shared.errors import DependencyAway
from shared.telemetry import logging, metrics

log = logging.get(__name__)

SUBPROTOCOL = "parley.v1"
HELLO_WITHIN = 5.0
MOST_BYTES = 16 * 1024
MOST_PER_SECOND = 20
RESTART, TRY_LATER, POLICY = 1012, 1013, 1008
NO_HELLO, REPLACED, TOO_MANY = 4408, 4409, 4429
_GONE = (OSError, RuntimeError, WebSocketDisconnect)  # what servers raise for a connection that is lost or closed
_WRITE_OUT = 2.0  # seconds for the last frames of a connection that is closed


class Socket(Protocol):
    """The methods of Starlette's WebSocket that are used."""

    async def accept(self, subprotocol: str | None = None) -> None: ...

    async def receive(self) -> Any: ...

    async def send_text(self, data: str) -> None: ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


class Disconnected(Exception):
    """Raised when the browser is gone, or breaks the protocol: then with a code to close with."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class _Pace:
    """Counts the browser's frames of the present second."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._second = now()
        self._count = 0

    def count(self) -> bool:
        """Count a frame; return False if it is one too many."""
        now = self._now()
        if now - self._second >= 1.0:
            self._second, self._count = now, 0
        self._count += 1
        return self._count <= MOST_PER_SECOND


class LiveConnection:
    """One connection of a caller whose rights were checked. is_person: not a program, so that colleagues are told what
    it views; may_type: and that it types.
    """

    def __init__(self, socket: Socket, hub: LiveHub, caller: Caller, *, is_person: bool, may_type: bool) -> None:
        self._socket = socket
        self._hub = hub
        self._caller = caller
        self._is_person = is_person
        self._may_type = may_type
        self._pace = _Pace(asyncio.get_running_loop().time)

    async def run(self, session: str, tab: str = "") -> None:
        """Serve the connection to its end. session: of the limit of connections. tab: of a browser, which has one
        connection at a time.
        """
        try:
            await self._socket.accept(SUBPROTOCOL)
        except _GONE:
            return
        seat = self._hub.enter(session, tab)
        if seat is None:
            metrics.LIVE_CLOSED.labels("too_many").inc()
            await self._close(TOO_MANY)
            return
        try:
            await self._serve(await self._hello(), seat)
        except Disconnected as error:
            await self._close(error.code)
        except DependencyAway:
            await self._close(TRY_LATER)
        finally:
            self._hub.exit(seat)

    async def _hello(self) -> Hello:
        """Return the first frame."""
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                first = await self._receive()
        except TimeoutError:
            metrics.LIVE_CLOSED.labels("no_hello").inc()
            raise Disconnected(NO_HELLO) from None
        if not isinstance(first, Hello):
            raise _broken()
        return first

    async def _serve(self, hello: Hello, seat: Seat) -> None:
        subscriber = await self._hub.join(self._caller, hello.cursor, hello.see, hello.open, is_person=self._is_person)
        writing = asyncio.create_task(self._write(subscriber))
        reading = asyncio.create_task(self._read(subscriber))
        replaced = asyncio.create_task(seat.replaced.wait())
        try:
            await asyncio.wait([writing, reading, replaced], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(subscriber)
            for task in (writing, reading, replaced):
                task.cancel()
            await asyncio.wait([writing, reading, replaced])
        if seat.replaced.is_set():
            raise Disconnected(REPLACED)
        for task in (reading, writing):
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def _write(self, subscriber: Subscriber) -> None:
        """Send the frames of the outbox; raise Disconnected when the connection is to be closed."""
        while True:
            text = await subscriber.outbox.take()
            if text is None:
                raise Disconnected(subscriber.ended)
            await self._send(text, subscriber)

    async def _send(self, text: str, subscriber: Subscriber) -> None:
        try:
            if subscriber.ended:
                async with asyncio.timeout(_WRITE_OUT):
                    await self._socket.send_text(text)
            else:
                await self._socket.send_text(text)
        except TimeoutError:
            raise Disconnected(subscriber.ended) from None
        except _GONE:
            raise Disconnected from None

    async def _read(self, subscriber: Subscriber) -> None:
        while True:
            await self._act(subscriber, await self._receive())

    async def _act(self, subscriber: Subscriber, frame: FromBrowser) -> None:
        match frame:
            case frames.Open(conversation=conversation):
                await self._hub.open(subscriber, conversation)
            case frames.Close(conversation=conversation):
                self._hub.close(subscriber, conversation)
            case frames.See(see=see):
                self._hub.see(subscriber, see)
            case frames.Typing(conversation=conversation):
                if self._may_type:
                    self._hub.presence.typing(subscriber, conversation)
            case frames.Pong():
                return
            case frames.Probe():
                subscriber.outbox.put_if_room(frames.encode(frames.Alive()))
            case Hello():
                raise _broken()

    async def _receive(self) -> FromBrowser:
        """Return the next frame. Raises Disconnected."""
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            raise Disconnected
        text = message.get("text") or message.get("bytes") or ""
        if len(text) > MOST_BYTES or not self._pace.count():
            raise _broken()
        try:
            return frames.decode(text)
        except InvalidFrame:
            raise _broken() from None

    async def _close(self, code: int) -> None:
        if code:
            try:
                await self._socket.close(code)
            except _GONE:
                return


def _broken() -> Disconnected:
    metrics.LIVE_CLOSED.labels("protocol").inc()
    return Disconnected(POLICY)
