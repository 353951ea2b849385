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


def _log_failure(task: "asyncio.Task[None]") -> None:
    if task.cancelled():
        return
    if error := task.exception():
        log.error("A background task failed", task=task.get_name(), exc_info=error)
