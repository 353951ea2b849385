"""Wait for conditions, with a time limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
TIMEOUT = 30.0  # seconds


async def until(look: Callable[[], Awaitable[T | None]], what: str, *, within: float = TIMEOUT) -> T:
    """Call `look` until its result is true, and return it. AssertionError after `within` seconds."""
    end = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {what}")
        await asyncio.sleep(0.05)


async def in_thread(function: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Run a blocking function, such as a method of the stack, in a thread."""
    return await asyncio.to_thread(function, *arguments, **options)
