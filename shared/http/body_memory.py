"""Bounds the memory of request bodies while they are read, so that large unverified bodies do not keep verified ones
out.

One client address may use a quarter of the memory. When a limit is reached, the body that has been arriving for longest
is evicted: providers' bodies arrive within a moment.
"""

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

_FREE = 64 * 1024  # bytes of each body that are not counted
_SHARE = 4
_EVICTABLE_AFTER = 0.5  # seconds that a body may take before it can be evicted


class BodyMemoryFull(Exception):
    """Raised when other bodies being read use all the memory for them."""


class BodyMemory:
    """The memory of all bodies that arrive in several pieces, without the first `free` bytes of each. limit: bytes."""

    def __init__(self, limit: int, free: int = _FREE) -> None:
        self._limit = limit
        self._free = free
        self._reading: dict[BodyReservation, None] = {}  # in the order in which they began
        self._by_client: Counter[str] = Counter()
        self.used = 0

    def reserve(self, client: str) -> "BodyReservation":
        """Return a reservation for a body of a client; it uses no memory yet."""
        return BodyReservation(self, client)

    def enter(self, body: "BodyReservation") -> None:
        """Register a body that is about to be read."""
        self._reading[body] = None

    def leave(self, body: "BodyReservation") -> None:
        """Release a body's memory, whether it was read or not."""
        if body in self._reading:
            del self._reading[body]
            self._add(body, -body.used)

    def grow(self, body: "BodyReservation", size: int) -> None:
        """Account for the bytes that a body has by now. Raises BodyMemoryFull."""
        if body not in self._reading:
            raise BodyMemoryFull  # it was evicted a moment ago
        wanted = max(0, size - self._free) - body.used
        if wanted <= 0:
            return
        while self._exceeds_share(body, wanted):
            self._evict_for(body, body.client)
        while self.used + wanted > self._limit:
            self._evict_for(body, None)
        self._add(body, wanted)

    def _exceeds_share(self, body: "BodyReservation", wanted: int) -> bool:
        """Return whether the client would use more than its share; its only body may have any size."""
        others = self._by_client[body.client] - body.used
        return others > 0 and others + body.used + wanted > self._limit // _SHARE

    def _evict_for(self, newcomer: "BodyReservation", client: str | None) -> None:
        """Evict the body, of that client if one is named, that has been arriving for longest.

        Raises BodyMemoryFull when that is the newcomer itself, or has not been arriving for long.
        """
        oldest = next(
            other for other in self._reading if other is newcomer or (other.used and client in (None, other.client))
        )
        if oldest is newcomer or oldest.age < _EVICTABLE_AFTER:
            raise BodyMemoryFull
        self.leave(oldest)
        oldest.evict()

    def _add(self, body: "BodyReservation", size: int) -> None:
        body.used += size
        self.used += size
        self._by_client[body.client] += size
        if not self._by_client[body.client]:
            del self._by_client[body.client]


class BodyReservation:
    """One body's share of the memory, held by `async with` while it is read. Raises BodyMemoryFull if evicted."""

    def __init__(self, memory: BodyMemory, client: str) -> None:
        self._memory = memory
        self._timeout: asyncio.Timeout | None = None
        self.client = client
        self.used = 0
        self.began = 0.0

    @property
    def age(self) -> float:
        """Seconds since reading began."""
        return asyncio.get_running_loop().time() - self.began

    async def __aenter__(self) -> Self:
        self.began = asyncio.get_running_loop().time()
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self._memory.enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.leave(self)
        if self._timeout is None:
            return
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise BodyMemoryFull from None

    def grow(self, size: int) -> None:
        """Account for the bytes that the body has by now. Raises BodyMemoryFull."""
        self._memory.grow(self, size)

    def evict(self) -> None:
        """Stop reading this body."""
        if self._timeout is not None:
            self._timeout.reschedule(0)
