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
        try:
            await work()
        except DependencyAway as error:
            metrics.SLOWED.labels(error.dependency).inc()
            log.debug("Periodic work waits for a dependency", dependency=error.dependency, detail=str(error))
        await wait(stop, every)
