"""Work of a workspace that reads much: one piece at a time in a process, while a few others wait."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.console.problems import Problem

MOST_WAITING = 5


class Turns:
    """One per process and kind of work."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._present: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, workspace: str) -> AsyncIterator[None]:
        """Wait until nobody else of the workspace has the turn. Raises Problem `too-many` if too many wait."""
        if self._present[workspace] > MOST_WAITING:
            raise Problem("too-many", "the same is being computed for this workspace", headers={"Retry-After": "2"})
        self._present[workspace] += 1
        try:
            async with self._locks.setdefault(workspace, asyncio.Lock()):
                yield
        finally:
            self._present[workspace] -= 1
            if not self._present[workspace]:
                del self._present[workspace], self._locks[workspace]
