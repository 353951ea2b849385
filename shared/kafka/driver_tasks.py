"""Finds tasks of aiokafka that have ended: it neither starts them again nor says so, and waits for them for ever."""

from typing import Any


def ended_task(consumer: Any) -> str:
    """Return the task of a started AIOKafkaConsumer that has ended and should not have, with its error; empty: none."""
    tasks = {
        "metadata": consumer._client._sync_task,
        "coordination": consumer._coordinator._coordination_task,
    }
    for name, task in tasks.items():
        if task is not None and task.done():
            error = "cancelled" if task.cancelled() else repr(task.exception())
            return f"the driver's {name} task has ended: {error}"
    return ""
