"""Waiting for a condition, with a limit; nothing waits for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
TIMEOUT = 30.0  # seconds; a limit, not a measure


async def until(look: Callable[[], Awaitable[T | None]], what: str, *, within: float = TIMEOUT) -> T:
    """The first result that is true. Fails when there is none within the limit."""
    end = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {what}")
        await asyncio.sleep(0.05)


async def in_thread(function: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Run what blocks, such as the stack's own methods."""
    return await asyncio.to_thread(function, *arguments, **options)
