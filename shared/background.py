"""Background tasks that log a failure at once, instead of when they are garbage collected; CPU work beside the loop."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from shared.telemetry import logging

log = logging.get(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class RunApart(Protocol):
    """Runs a function beside the event loop, as `asyncio.to_thread` does."""

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns; raise what it raises."""
        ...


def start_task(coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """Start a task and return it; the caller keeps a reference. name: for the log."""
    task = asyncio.create_task(coroutine, name=name)
    task.add_done_callback(_log_failure)
    return task


async def run_until(stop: asyncio.Event, coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, or until `stop` is set: then cancel and await it. Raises the coroutine's errors."""
    running, stopping = asyncio.create_task(coroutine), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()


def _log_failure(task: "asyncio.Task[None]") -> None:
    if task.cancelled():
        return
    if error := task.exception():
        log.error("A background task failed", task=task.get_name(), exc_info=error)
