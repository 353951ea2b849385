"""A handler says that it waits for somebody else: with elsewhere.waiting(): answer = await the_model(...)

Then its record takes no place among those of its workspace that are at work (`shared.kafka.runtime.lanes`). Not needed
for our own stores and topics: while they are slow, more work at the same time makes them slower.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from shared.telemetry import metrics


@dataclass(slots=True)
class _Marks:
    """leave, come_back: what to call. seconds: that were waited."""

    leave: Callable[[], None]
    come_back: Callable[[], None]
    seconds: float = 0.0


_marks: ContextVar[_Marks | None] = ContextVar("elsewhere", default=None)


@contextlib.contextmanager
def bound(topic: str, leave: Callable[[], None], come_back: Callable[[], None]) -> Iterator[None]:
    """Have these called when what runs within goes and comes, and observe how long it takes, and how long of that it is
    at work itself; the runtime does this for each record.
    """
    marks, began = _Marks(leave, come_back), perf_counter()
    token = _marks.set(marks)
    try:
        yield
    finally:
        _marks.reset(token)
        took = perf_counter() - began
        metrics.RECORD_SECONDS.labels(topic).observe(took)
        metrics.RECORD_WORK_SECONDS.labels(topic).observe(max(0.0, took - marks.seconds))


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Around a wait for a provider, a model or a time. Does nothing outside of a record's handler."""
    marks = _marks.get()
    if marks is None:
        yield
        return
    marks.leave()
    left = perf_counter()
    try:
        yield
    finally:
        marks.seconds += perf_counter() - left
        marks.come_back()
