"""A client that writes what it likes on a socket, and says what came back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

LIMIT = 20.0  # seconds; a limit, not a measure


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """headers: by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Write; what the other side does not want any more is lost, as on any network."""
        try:
            for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> RawAnswer | None:
        """The next answer; None when the connection was closed without one."""
        async with asyncio.timeout(LIMIT):
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
                body = await self._reader.readexactly(int(headers.get("content-length", "0")))
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        return RawAnswer(int(first.split()[1]), headers, body)

    async def answered(self) -> RawAnswer:
        """The next answer. Fails when the connection was closed without one."""
        found = await self.answer()
        assert found is not None, "closed without an answer"
        return found

    async def closed(self) -> bool:
        """Whether the other side closes without a further byte. Raises TimeoutError: it does not."""
        async with asyncio.timeout(LIMIT):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


async def connect(host: str, port: int) -> RawClient:
    """A connection that somebody closes."""
    return RawClient(*await asyncio.open_connection(host, port))


@asynccontextmanager
async def connection(host: str, port: int) -> AsyncIterator[RawClient]:
    """A connection for a while."""
    raw = await connect(host, port)
    try:
        yield raw
    finally:
        await raw.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that becomes true by itself. Raises TimeoutError."""
    async with asyncio.timeout(LIMIT):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)
