"""What goes on beside the run, and what is tried again for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import aiohttp

from devtools.chaos import stores
from devtools.stack.errors import StackError

T = TypeVar("T")

_TRIES = 5
_LOOK_EVERY = 1.0


@contextlib.asynccontextmanager
async def http_session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps its connections."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=30.0),
        timeout=aiohttp.ClientTimeout(total=30),
        trust_env=False,
    ) as http_session:
        yield http_session


@contextlib.asynccontextmanager
async def run_in_background(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have these run meanwhile. When one fails, so does what is within, with its error."""
    here = asyncio.current_task()
    failed: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and here is not None:
            failed.append(error)
            here.cancel()

    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if failed:
            raise StackError(f"the run cannot go on: {failed[0]!r}") from failed[0]
        raise
    finally:
        for task in tasks:
            task.remove_done_callback(ended)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_with_retries(read: Callable[[], Awaitable[T]]) -> T:
    """What a store says; raises StackError when it does not say it."""
    for left in reversed(range(_TRIES)):
        try:
            return await read()
        except stores.STORE_ERRORS as error:
            if not left:
                raise StackError(f"a store does not answer at the end of the run: {error!r}") from error
            await asyncio.sleep(_LOOK_EVERY)
    raise AssertionError
