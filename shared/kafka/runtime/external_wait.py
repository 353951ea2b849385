"""Marks the part of a handler that waits for something outside Parley: `with external_wait(): await model.answer()`.

Such a record does not count among the active records of its workspace (`shared.kafka.runtime.lanes`). Do not use it for
our own stores and topics: while they are slow, more records at once make them slower.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from shared.telemetry import metrics


@dataclass(slots=True)
class _RecordTimes:
    """The record that is being handled. external: seconds spent in external waits."""

    on_begin: Callable[[], None]
    on_end: Callable[[], None]
    external: float = 0.0


_current: ContextVar[_RecordTimes | None] = ContextVar("external_wait", default=None)


@contextlib.contextmanager
def timed_record(topic: str, on_begin: Callable[[], None], on_end: Callable[[], None]) -> Iterator[None]:
    """Observe how long a record takes, with and without its external waits; call back as each of these begins and ends.

    The runtime does this around each handler.
    """
    times, began = _RecordTimes(on_begin, on_end), perf_counter()
    token = _current.set(times)
    try:
        yield
    finally:
        _current.reset(token)
        total = perf_counter() - began
        metrics.RECORD_SECONDS.labels(topic).observe(total)
        metrics.RECORD_WORK_SECONDS.labels(topic).observe(max(0.0, total - times.external))


@contextlib.contextmanager
def external_wait() -> Iterator[None]:
    """Wrap a wait for a provider, a model or a time. Does nothing outside a record's handler."""
    times = _current.get()
    if times is None:
        yield
        return
    times.on_begin()
    began = perf_counter()
    try:
        yield
    finally:
        times.external += perf_counter() - began
        times.on_end()
