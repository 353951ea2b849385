"""Looks up host names in threads of its own, so that a name whose server is silent holds up nothing else.

uvloop has two threads for all look-ups of a process, and a look-up that has begun cannot be cancelled: two silent names
would keep the process from every other name, those of providers and stores too.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver, ResolveResult

_Key = tuple[str, int, socket.AddressFamily]
_Found = list[ResolveResult]

_owner: ContextVar[str] = ContextVar("owner of a look-up", default="")


@contextmanager
def looking_up_for(owner: str) -> Iterator[None]:
    """Count look-ups in the block as the owner's, such as a workspace's."""
    token = _owner.set(owner)
    try:
        yield
    finally:
        _owner.reset(token)


class OwnThreadResolver(AbstractResolver):
    """Looks each name up in a thread, a name that several callers need at once only once.

    total: look-ups at once. per_owner: of these, those of one owner (`looking_up_for`); further ones wait. A look-up
    keeps its place until it ends, also when its callers have given up.
    """

    def __init__(self, *, total: int = 64, per_owner: int = 2) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_owner = per_owner
        self._by_owner: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._running: dict[_Key, asyncio.Future[_Found]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError, or ValueError if it is no name."""
        key = (host, port, family)
        if key not in self._running:
            await self._begin(key)
        return await asyncio.shield(self._running[key])

    async def close(self) -> None:
        return None

    async def _begin(self, key: _Key) -> None:
        """Wait for a place and begin the look-up, unless another caller has by then."""
        own = self._by_owner.get(_owner.get())
        if own is None:
            own = self._by_owner[_owner.get()] = asyncio.Semaphore(self._per_owner)
        await own.acquire()
        try:
            await self._total.acquire()
        except BaseException:
            own.release()
            raise
        if key in self._running:
            self._total.release()
            own.release()
            return
        self._running[key] = found = asyncio.get_running_loop().create_future()
        try:
            threading.Thread(target=self._look_up, args=(key, found, own), name="look-up", daemon=True).start()
        except RuntimeError as error:  # the system has no thread to give
            self._end(key, found, own, OSError(str(error)))

    def _look_up(self, key: _Key, found: "asyncio.Future[_Found]", own: asyncio.Semaphore) -> None:
        """Run in a thread, which does not keep the process from ending."""
        result: _Found | Exception
        try:
            result = _addresses(*key)
        except (OSError, ValueError) as error:
            result = error
        with suppress(RuntimeError):  # the loop was closed in the meantime
            found.get_loop().call_soon_threadsafe(self._end, key, found, own, result)

    def _end(
        self, key: _Key, found: "asyncio.Future[_Found]", own: asyncio.Semaphore, result: _Found | Exception
    ) -> None:
        del self._running[key]
        self._total.release()
        own.release()
        if isinstance(result, Exception):
            found.set_exception(result)
        else:
            found.set_result(result)


def _addresses(host: str, port: int, family: socket.AddressFamily) -> _Found:
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=int(address[1]),
            family=of,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for of, _, protocol, _, address in found
    ]
