"""Connect at the start of a process, with retries while the dependency is away."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka import retry
from shared.telemetry import logging

log = logging.get(__name__)

START_LIMIT = 90.0  # seconds to wait for a dependency at the start


async def connect_with_retries(connect: Callable[[], Awaitable[object]], clock: Clock) -> None:
    """Call `connect` until it does not raise DependencyAway, for at most `START_LIMIT`. Raises its last error then."""
    deadline = clock.monotonic() + START_LIMIT
    for wait in retry.DEPENDENCY.waits():
        try:
            await connect()
        except DependencyAway as error:
            if clock.monotonic() + wait > deadline:
                raise
            log.warning("Waiting for a dependency", dependency=error.dependency, detail=str(error))
            await asyncio.sleep(wait)
        else:
            return
