"""Retries the recording of a provider's answer while MongoDB or Redis is unavailable."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import DependencyAway
from shared.kafka.retry import DEPENDENCY
from shared.telemetry import metrics

T = TypeVar("T")
_LIMIT = 600.0  # seconds


async def retry_recording(record: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `record`, called again while a dependency is away, for at most ten minutes.

    An answer that is not recorded would leave the message in doubt. Raises DependencyAway.
    """
    deadline = asyncio.get_running_loop().time() + _LIMIT
    for wait in DEPENDENCY.waits():
        try:
            return await record()
        except DependencyAway as error:
            if asyncio.get_running_loop().time() + wait > deadline:
                raise
            metrics.SLOWED.labels(error.dependency).inc()
            await asyncio.sleep(wait)
    raise AssertionError("unreachable: the backoff never ends")
