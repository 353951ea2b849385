"""A proxy in front of the console that breaks connections as networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_CHUNK = 64 * 1024


@dataclass(eq=False)
class _Pair:
    """A connection of a browser, with the one to the console. unnoticed: the console is not told of its end."""

    browser: asyncio.StreamWriter
    console: asyncio.StreamWriter
    unnoticed: bool = False


class FaultProxy:
    """Passes bytes on both ways. url: its own address."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._pairs: set[_Pair] = set()
        self._left_open: list[asyncio.StreamWriter] = []
        self._passes = asyncio.Event()
        self._passes.set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """End all connections."""
        assert self._server
        self._server.close()
        self._passes.set()
        self.cut()
        for writer in self._left_open:
            writer.transport.abort()

    def cut(self) -> None:
        """Reset all connections, at both ends."""
        for pair in list(self._pairs):
            pair.browser.transport.abort()
            pair.console.transport.abort()

    def cut_unnoticed(self) -> None:
        """Reset all connections of browsers; the console's ends stay open, as when a router forgets them."""
        for pair in list(self._pairs):
            pair.unnoticed = True
            pair.browser.transport.abort()

    @asynccontextmanager
    async def silence(self) -> AsyncIterator[None]:
        """Let nothing through until the end of the block; no connection ends."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            console_reader, console = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, console)
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._pass(reader, console)),
            asyncio.create_task(self._pass(console_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        self._pairs.discard(pair)
        writer.transport.abort()
        if pair.unnoticed:
            self._left_open.append(console)
        else:
            console.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._passes.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def fault_proxy(target: str) -> AsyncIterator[FaultProxy]:
    """Run a proxy in front of an address until the end of the block."""
    proxy = FaultProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
