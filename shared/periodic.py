"""Periodic work of a process that stops when the process does."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import DependencyAway
from shared.telemetry import logging, metrics

log = logging.get(__name__)

Wait = Callable[[asyncio.Event, float], Awaitable[bool]]


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event for at most `seconds`; return whether it is set."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


async def repeat(
    work: Callable[[], Awaitable[object]], stop: asyncio.Event, *, every: float, wait: Wait = wait_for
) -> None:
    """Run `work` until `stop` is set, with `every` seconds between two runs; the first run begins at once.

    DependencyAway counts in `parley_dependency_waits_total` and the next run tries again. Any other exception ends the
    loop and is raised. wait: replaced in tests.
    """
    while not stop.is_set():
        await _attempt(work)
        await wait(stop, every)


async def repeat_when_due(
    work: Callable[[], Awaitable[object]], stop: asyncio.Event, due: asyncio.Event, *, every: float, rest_after: int = 1
) -> None:
    """Run `work` whenever `due` is set, until `stop` and `due` are set; see `repeat`.

    After a run that returned a true value the next one follows, with `every` seconds between two runs, until
    `rest_after` runs in a row have returned none.
    """
    while not stop.is_set():
        await due.wait()
        due.clear()
        idle = 0
        while idle < rest_after and not stop.is_set():
            idle = 0 if await _attempt(work) else idle + 1
            await wait_for(stop, every)


async def _attempt(work: Callable[[], Awaitable[object]]) -> object:
    try:
        return await work()
    except DependencyAway as error:
        metrics.SLOWED.labels(error.dependency).inc()
        log.debug("Periodic work waits for a dependency", dependency=error.dependency, detail=str(error))
        return None
