"""CPU work of requests beside the event loop: one piece at a time for each workspace, in a thread of its own."""

import asyncio
import threading

import pytest

from services.console.problems import Problem
from services.console.side_work import WAITING, SideWork


async def test_workspace_has_one_piece_of_work_at_a_time() -> None:
    work, go_on = SideWork(), threading.Event()
    first = asyncio.ensure_future(work.of("acme")(go_on.wait, 10))
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await work.of("acme", queue=0)(print)
    assert (refused.value.name, refused.value.headers) == ("too-many", {"Retry-After": "1"})
    other = asyncio.ensure_future(work.of("zeta")(sum, (1, 2)))
    go_on.set()
    assert await first
    assert await other == 3
    assert await work.of("acme")(sum, (1, 2)) == 3


async def test_several_people_of_a_workspace_wait_for_one_another_and_no_more_than_that() -> None:
    work, go_on = SideWork(), threading.Event()
    first = asyncio.ensure_future(work.of("acme")(go_on.wait, 10))
    waiting = [asyncio.ensure_future(work.of("acme")(int, number)) for number in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Problem):
        await work.of("acme")(print)
    go_on.set()
    assert await first
    assert await asyncio.gather(*waiting) == list(range(WAITING))


async def test_work_has_a_thread_of_its_own() -> None:
    """Hashing of passwords, which is done in the usual threads, waits for none of it."""
    work, go_on = SideWork(), threading.Event()
    blocked = [asyncio.ensure_future(work.of(f"w{number}")(go_on.wait, 10)) for number in range(100)]
    names = [await asyncio.to_thread(lambda: threading.current_thread().name) for _ in range(3)]
    assert not any(name.startswith("side-work") for name in names)
    go_on.set()
    await asyncio.gather(*blocked)
    assert (await work.of("acme")(lambda: threading.current_thread().name)).startswith("side-work")


async def test_cancelled_request_counts_until_its_work_ends() -> None:
    work, go_on = SideWork(), threading.Event()
    first = asyncio.ensure_future(work.of("acme")(go_on.wait, 10))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    with pytest.raises(Problem):
        await work.of("acme", queue=0)(print)
    go_on.set()
    await work.of("zeta")(int)  # after the first in the one thread
    assert await work.of("acme")(sum, (1, 2)) == 3


async def test_failed_work_frees_its_workspace() -> None:
    work = SideWork()
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            await work.of("acme")(int, "x")


async def test_workspace_that_used_its_share_waits() -> None:
    """3 s of work are 15 s of a fifth of the thread; 10 s of these may be ahead."""
    times = iter([0.0, 1.9, 2.0, 5.0, 6.0, 6.0])
    work = SideWork(cpu_time=lambda: next(times))
    await work.of("acme")(int)
    await work.of("acme")(int)
    with pytest.raises(Problem) as refused:
        await work.of("acme")(int)
    assert refused.value.name == "too-many"
    assert int(refused.value.headers["Retry-After"]) in (14, 15), "24.5 s less 10 s"
    assert await work.of("zeta")(sum, (1, 2)) == 3
