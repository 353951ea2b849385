"""The frames that wait for one socket: a bounded queue that a slow browser cannot make grow."""

import asyncio
from collections import deque
from collections.abc import Callable

FRAMES = 256
"""The most frames that wait for a browser; then they are dropped, and it fetches what it shows anew."""


class Outbox:
    """The frames that wait for one connection. overflow: returns the frame that takes the place of all dropped ones."""

    def __init__(self, overflow: Callable[[], str], most: int = FRAMES) -> None:
        self._overflow = overflow
        self.most = most
        self._first: deque[str] = deque()  # of a replay: goes before what happened meanwhile
        self._frames: deque[str] = deque()
        self._replaying = False
        self._closed = False
        self._waiting: asyncio.Future[None] | None = None
        self.overflows = 0

    def put(self, text: str) -> None:
        """Add a frame; drop all when there are too many."""
        if len(self._frames) >= self.most:
            self.replace(self._overflow())
            self.overflows += 1
        else:
            self._frames.append(text)
        self._wake()

    def put_if_room(self, text: str) -> None:
        """Add a frame that may be lost when the browser is slow."""
        if len(self._frames) < self.most // 2:
            self._frames.append(text)
            self._wake()

    def replace(self, text: str) -> None:
        """Drop all frames that wait, and send this one instead."""
        self._first.clear()
        self._frames.clear()
        self._frames.append(text)
        self._wake()

    def begin_replay(self) -> None:
        """Hold all frames back until `end_replay`."""
        self._replaying = True

    def end_replay(self, texts: list[str]) -> None:
        """Let these frames go before those that were put meanwhile."""
        self._replaying = False
        self._first.extend(texts)
        self._wake()

    def close(self) -> None:
        """Let `take` return None when nothing waits any more."""
        self._closed = True
        self._replaying = False
        self._wake()

    def __len__(self) -> int:
        return len(self._first) + len(self._frames)

    def take_now(self) -> str | None:
        """Return the next frame, or None if none may be sent now."""
        if self._first:
            return self._first.popleft()
        return self._frames.popleft() if self._frames and not self._replaying else None

    async def take(self) -> str | None:
        """Return the next frame, as soon as there is one; None: closed. One caller at a time."""
        while True:
            text = self.take_now()
            if text is not None or self._closed:
                return text
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
