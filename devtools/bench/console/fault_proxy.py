"""A TCP proxy that cuts, freezes and delays connections, and can lead them to another server."""

import asyncio
from contextlib import suppress

_CHUNK = 64 * 1024


class FaultProxy:
    """Listens on a free port of 127.0.0.1. target: the port that new connections lead to; None: they are refused."""

    def __init__(self, target: int | None) -> None:
        self.target = target
        self.delay = 0.0  # seconds, of each chunk
        self.port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut all connections and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def cut(self) -> None:
        """Reset all connections."""
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        """Let nothing through, in either direction, without closing anything."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let all through again."""
        self._flowing.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.target is None:
            writer.transport.abort()
            return
        try:
            there, out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, out}
        pumps = {asyncio.create_task(self._pump(reader, out)), asyncio.create_task(self._pump(there, writer))}
        self._tasks |= pumps
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, out):
            end.transport.abort()
        for pump in pumps:
            pump.cancel()
        await asyncio.wait(pumps)
        self._writers -= {writer, out}
        self._tasks -= pumps

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._flowing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(chunk)
                await writer.drain()
