"""`shared.periodic`, with a controlled wait."""

import asyncio

import pytest

from shared.errors import DependencyAway
from shared.periodic import repeat, repeat_when_due, wait_for
from shared.telemetry import metrics


class Waits:
    """Records the waits and sets `stop` at the last of them."""

    def __init__(self, last: int) -> None:
        self.seconds: list[float] = []
        self._last = last

    async def __call__(self, stop: asyncio.Event, seconds: float) -> bool:
        self.seconds.append(seconds)
        if len(self.seconds) == self._last:
            stop.set()
        return stop.is_set()


async def test_work_runs_at_once_and_after_each_wait_until_the_stop() -> None:
    runs, waits = 0, Waits(last=3)

    async def work() -> None:
        nonlocal runs
        runs += 1

    await repeat(work, asyncio.Event(), every=2.5, wait=waits)
    assert (runs, waits.seconds) == (3, [2.5, 2.5, 2.5])


async def test_work_does_not_run_when_the_process_has_stopped_already() -> None:
    async def work() -> None:
        raise AssertionError

    stop = asyncio.Event()
    stop.set()
    await repeat(work, stop, every=1.0)


async def test_unreachable_dependency_is_counted_and_tried_again() -> None:
    runs, waits, counter = 0, Waits(last=2), metrics.SLOWED.labels("mongodb")
    before = counter._value.get()

    async def work() -> None:
        nonlocal runs
        runs += 1
        raise DependencyAway("mongodb")

    await repeat(work, asyncio.Event(), every=1.0, wait=waits)
    assert (runs, counter._value.get() - before) == (2, 2)


async def test_any_other_error_ends_the_loop() -> None:
    async def work() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await repeat(work, asyncio.Event(), every=1.0)


async def test_wait_ends_with_the_event_or_the_time() -> None:
    event = asyncio.Event()
    assert not await wait_for(event, 0.0)
    assert not await wait_for(event, -1.0)
    event.set()
    assert await wait_for(event, 60.0)


async def test_due_work_runs_until_it_finds_nothing_more_and_rests_until_it_is_due_again() -> None:
    stop, due, found = asyncio.Event(), asyncio.Event(), [1, 0, 2, 0, 0]
    rested = asyncio.Event()

    async def work() -> int:
        count = found.pop(0)
        if not found:
            rested.set()
        return count

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(repeat_when_due(work, stop, due, every=0.0, rest_after=2))
        await asyncio.sleep(0)
        assert len(found) == 5, "nothing runs before it is due"
        due.set()
        await rested.wait()
        rested.clear()
        for _ in range(3):
            await asyncio.sleep(0)
        found += [0, 0]
        due.set()
        await rested.wait()
        stop.set()
        due.set()
    assert found == []


async def test_due_work_whose_dependency_is_away_rests_and_is_tried_again_when_due() -> None:
    stop, due, runs = asyncio.Event(), asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        due.set()
        if runs == 2:
            stop.set()
        raise DependencyAway("mongodb")

    due.set()
    async with asyncio.timeout(20):
        await repeat_when_due(work, stop, due, every=0.0)
    assert runs == 2
