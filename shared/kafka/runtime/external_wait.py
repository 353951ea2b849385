"""Marks the part of a handler that waits for something outside Parley: `with external_wait(): await model.answer()`.

Such a record does not count among the active records of its workspace (`shared.kafka.runtime.turns`). Do not use it for
our own stores and topics: while they are slow, more records at once make them slower.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from time import perf_counter

from prometheus_client import Histogram

from shared.telemetry import metrics


@dataclass(slots=True)
class _RecordTimes:
    """The record that is being handled. external: seconds spent in external waits."""

    on_begin: Callable[[], None]
    on_end: Callable[[], None]
    external: float = 0.0


_current: ContextVar[_RecordTimes | None] = ContextVar("external_wait", default=None)


@contextlib.contextmanager
def timed_record(
    topic: str, on_begin: Callable[[], None], on_end: Callable[[], None], *, records: int = 1
) -> Iterator[None]:
    """Observe how long a record takes, with and without its external waits; call back as each of these begins and ends.
    records: of a batch, of which each has its share of the work.

    The runtime does this around each handler.
    """
    times, began = _RecordTimes(on_begin, on_end), perf_counter()
    token = _current.set(times)
    try:
        yield
    finally:
        _current.reset(token)
        total = perf_counter() - began
        seconds, work_seconds = _histograms(topic)
        work = max(0.0, total - times.external) / records
        for _ in range(records):
            seconds.observe(total)
            work_seconds.observe(work)


@cache
def _histograms(topic: str) -> tuple[Histogram, Histogram]:
    return metrics.RECORD_SECONDS.labels(topic), metrics.RECORD_WORK_SECONDS.labels(topic)


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
