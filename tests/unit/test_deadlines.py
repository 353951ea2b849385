"""Time limits that share one timer."""

import asyncio

import pytest

from shared.deadlines import Deadlines

_SOON = 0.01


def make() -> Deadlines:
    return Deadlines(every=_SOON)


async def test_block_that_is_too_slow_is_cancelled_and_raises_timeout_error() -> None:
    cancelled = False
    with pytest.raises(TimeoutError):
        async with make().limit(_SOON):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled = True
                raise
    assert cancelled


async def test_cancellation_from_outside_is_no_timeout() -> None:
    async def work() -> None:
        async with make().limit(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_extended_limit_replaces_the_first() -> None:
    deadlines = make()
    async with deadlines.limit(_SOON) as limit:
        limit.extend(60)
        await asyncio.sleep(5 * _SOON)


async def test_limit_that_has_passed_can_be_extended_before_it_takes_effect() -> None:
    deadlines = make()
    async with deadlines.limit(60) as limit:
        limit.expire(asyncio.get_running_loop().time())
        limit.extend(60)
        await asyncio.sleep(2 * _SOON)


async def test_each_block_has_its_own_limit() -> None:
    deadlines = make()

    async def work(limit: float) -> str:
        try:
            async with deadlines.limit(limit):
                await asyncio.sleep(10 * _SOON)
        except TimeoutError:
            return "late"
        return "done"

    assert tuple(await asyncio.gather(work(_SOON), work(60), work(0.0))) == ("late", "done", "late")


async def test_many_blocks_use_one_timer_and_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []

    def call_later(delay: float, *_: object) -> object:
        timers.append(delay)
        return timers

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    deadlines = Deadlines(every=0.25)
    for _ in range(100):
        async with deadlines.limit(5.0):
            await asyncio.sleep(0)
    assert timers == [0.25]
    deadlines._check()
    assert timers == [0.25]
