"""An HTTP client that writes any bytes to a socket and parses the answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

LIMIT = 20.0  # seconds; a limit, not a measure


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP response as it was received. headers: by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Write; bytes that a closed connection does not take are lost."""
        try:
            for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> RawAnswer | None:
        """Return the next answer; None if the connection was closed without one."""
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
        """Return the next answer. Fails if the connection was closed without one."""
        found = await self.answer()
        assert found is not None, "closed without an answer"
        return found

    async def closed(self) -> bool:
        """Return whether the server closes without a further byte. Raises TimeoutError if it does not close."""
        async with asyncio.timeout(LIMIT):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


async def connect(host: str, port: int) -> RawClient:
    """Open a connection that the caller closes."""
    return RawClient(*await asyncio.open_connection(host, port))


@asynccontextmanager
async def connection(host: str, port: int) -> AsyncIterator[RawClient]:
    """Open a connection for the block."""
    raw = await connect(host, port)
    try:
        yield raw
    finally:
        await raw.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises TimeoutError."""
    async with asyncio.timeout(LIMIT):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)
