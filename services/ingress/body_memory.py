"""The memory for bodies that come in several pieces, shared so that bodies which nobody has signed, be they many and
large, do not turn a signed one away.

An address may have a quarter of the room. When there is none left, for it or for all, the body that has been coming for
longest makes room: whoever keeps us waiting waits in vain, and a provider's body is here within a moment.
"""

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

_SMALL = 64 * 1024  # bytes
_SHARE = 4
_PATIENCE = 0.5  # seconds that a body may take before it may have to make room


class BodyMemoryFull(Exception):
    """Raised when other bodies being read use all the memory for them."""


class BodyMemory:
    """The memory for all bodies that come in several pieces, while they come, beyond the first `small` bytes of each.
    most: bytes.
    """

    def __init__(self, most: int, small: int = _SMALL) -> None:
        self._most = most
        self._small = small
        self._places: dict[BodyReservation, None] = {}  # by when they began, the earliest first
        self._by_client: Counter[str] = Counter()
        self.taken = 0

    def place(self, client: str) -> "BodyReservation":
        """Return a place for a body of a client; it uses no memory yet."""
        return BodyReservation(self, client)

    def enter(self, place: "BodyReservation") -> None:
        """Register a body that is about to be read."""
        self._places[place] = None

    def leave(self, place: "BodyReservation") -> None:
        """Release a body's memory, whether it was read or not."""
        if place in self._places:
            del self._places[place]
            self._give(place, -place.taken)

    def grow(self, place: "BodyReservation", size: int) -> None:
        """Account for the bytes that a body has by now. Raises BodyMemoryFull."""
        if place not in self._places:
            raise BodyMemoryFull  # its place was taken away a moment ago
        wanted = max(0, size - self._small) - place.taken
        if wanted <= 0:
            return
        while self._over_its_share(place, wanted):
            self._make_room(place, place.client)
        while self.taken + wanted > self._most:
            self._make_room(place, None)
        self._give(place, wanted)

    def _over_its_share(self, place: "BodyReservation", wanted: int) -> bool:
        """A client's only body may be as large as any."""
        others = self._by_client[place.client] - place.taken
        return others > 0 and others + place.taken + wanted > self._most // _SHARE

    def _make_room(self, newcomer: "BodyReservation", client: str | None) -> None:
        """Take away the place of the body, of that client if one is named, that has been coming for longest.

        Raises BodyMemoryFull when that is the newcomer itself, or has not been coming for long.
        """
        oldest = next(one for one in self._places if one is newcomer or (one.taken and client in (None, one.client)))
        if oldest is newcomer or oldest.age < _PATIENCE:
            raise BodyMemoryFull
        self.leave(oldest)
        oldest.give_up()

    def _give(self, place: "BodyReservation", size: int) -> None:
        place.taken += size
        self.taken += size
        self._by_client[place.client] += size
        if not self._by_client[place.client]:
            del self._by_client[place.client]


class BodyReservation:
    """One body's share of the memory, held by `async with` while it is read. Raises BodyMemoryFull if evicted."""

    def __init__(self, room: BodyMemory, client: str) -> None:
        self._room = room
        self._waiting: asyncio.Timeout | None = None
        self.client = client
        self.taken = 0
        self.began = 0.0

    @property
    def age(self) -> float:
        """Seconds since reading began."""
        return asyncio.get_running_loop().time() - self.began

    async def __aenter__(self) -> Self:
        self.began = asyncio.get_running_loop().time()
        self._waiting = asyncio.timeout(None)
        await self._waiting.__aenter__()
        self._room.enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._room.leave(self)
        if self._waiting is None:
            return
        try:
            await self._waiting.__aexit__(kind, error, trace)
        except TimeoutError:
            raise BodyMemoryFull from None

    def grow(self, size: int) -> None:
        """Account for the bytes that the body has by now. Raises BodyMemoryFull."""
        self._room.grow(self, size)

    def give_up(self) -> None:
        """Wait for this body no longer."""
        if self._waiting is not None:
            self._waiting.reschedule(0)
