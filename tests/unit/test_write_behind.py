"""`shared.storage.write_behind`: one write for all that was collected, and nothing is lost by a failure."""

import asyncio

import pytest

from shared.errors import DependencyAway
from shared.storage.write_behind import WriteBehind


class Collected:
    """Collects numbers; a write takes as long as `released` is not set, and fails while `away`."""

    def __init__(self, *, every: float = 3600.0) -> None:
        self.waiting: list[int] = []
        self.writes: list[list[int]] = []
        self.began = 0
        self.away = False
        self.released = asyncio.Event()
        self.released.set()
        self.written = asyncio.Event()
        self.behind = WriteBehind(self._write, every=every)

    def add(self, number: int) -> None:
        self.waiting.append(number)
        self.behind.note()

    async def _write(self) -> None:
        self.began += 1
        taken, self.waiting = self.waiting, []
        await self.released.wait()
        if self.away:
            self.waiting = [*taken, *self.waiting]
            raise DependencyAway("mongodb")
        self.writes.append(taken)
        self.written.set()


async def test_flush_writes_all_at_once() -> None:
    it = Collected()
    for number in range(3):
        it.add(number)
    await it.behind.flush()
    assert it.writes == [[0, 1, 2]]


async def test_collected_values_are_written_without_a_flush() -> None:
    it = Collected(every=0.01)
    it.add(1)
    it.add(2)
    async with asyncio.timeout(30):
        await it.written.wait()
    assert it.writes == [[1, 2]]


async def test_failed_write_is_reported_and_repeated() -> None:
    it = Collected(every=0.01)
    it.away = True
    it.add(1)
    with pytest.raises(DependencyAway):
        await it.behind.flush()
    it.away = False
    async with asyncio.timeout(30):
        await it.written.wait()
    assert it.writes == [[1]]


async def test_flush_during_a_write_includes_what_came_after_its_beginning() -> None:
    it = Collected()
    it.released.clear()
    it.add(1)
    first = asyncio.create_task(it.behind.flush())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert it.began == 1
    it.add(2)
    others = [asyncio.create_task(it.behind.flush()) for _ in range(9)]
    await asyncio.sleep(0)
    it.released.set()
    await asyncio.gather(first, *others)
    assert it.writes == [[1], [2]], "nine callers share one write"


async def test_cancelled_caller_does_not_interrupt_the_write() -> None:
    it = Collected()
    it.released.clear()
    it.add(1)
    flushing = asyncio.create_task(it.behind.flush())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    it.released.set()
    async with asyncio.timeout(30):
        await it.written.wait()
    assert it.writes == [[1]]
