"""Finds out that aiokafka cannot go on: a task has ended, which it neither starts again nor reports, or its coordinator
has an error, for which it waits until somebody has read it.
"""

from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError


def reason_to_end(consumer: Any) -> str:
    """Return why a started AIOKafkaConsumer cannot go on; empty: it can. To be called in any thread."""
    tasks = {
        "metadata": consumer._client._sync_task,
        "coordination": consumer._coordinator._coordination_task,
        "fetch": consumer._fetcher and consumer._fetcher._fetch_task,
    }
    for name, task in tasks.items():
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            return f"the driver's {name} task has ended" + (f": {error!r}" if error else "")
    pending = consumer._coordinator._pending_exception
    if pending is None:
        return ""
    if pending.retriable:  # it goes on when this is read, in its own thread
        consumer._client._loop.call_soon_threadsafe(_read_error, consumer._coordinator)
        return ""
    return f"the driver's coordinator has an error: {pending!r}"


def _read_error(coordinator: Any) -> None:
    with suppress(KafkaError):
        coordinator.check_errors()
