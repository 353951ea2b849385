"""Cancellations by the Kafka driver: when a connection breaks, aiokafka cancels futures that its callers await."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


def is_by_driver(error: BaseException | None) -> bool:
    """Return whether an error is a cancellation that nobody asked for: it would end the task of the caller."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and (task is None or not task.cancelling())


@contextmanager
def driver_cancellation_as_error() -> Iterator[None]:
    """Raise ConnectionError for a cancellation by the driver. Within a time limit, not around it."""
    try:
        yield
    except asyncio.CancelledError as error:
        if not is_by_driver(error):
            raise
        raise ConnectionError("the driver gave up its connection") from None
