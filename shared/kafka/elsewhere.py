"""A handler says that it waits for somebody else: with elsewhere.waiting(): answer = await the_model(...)

Then its record takes no place among those of its workspace that are at work (`shared.kafka.lanes`). Not needed for our
own stores and topics: while they are slow, more work at the same time makes them slower.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

_Marks = tuple[Callable[[], None], Callable[[], None]]
_marks: ContextVar[_Marks | None] = ContextVar("elsewhere", default=None)


@contextlib.contextmanager
def bound(leave: Callable[[], None], come_back: Callable[[], None]) -> Iterator[None]:
    """Have these called when what runs within goes and comes; the runtime does this for each record."""
    token = _marks.set((leave, come_back))
    try:
        yield
    finally:
        _marks.reset(token)


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Around a wait for a provider, a model or a time. Does nothing outside of a record's handler."""
    marks = _marks.get()
    if marks is None:
        yield
        return
    leave, come_back = marks
    leave()
    try:
        yield
    finally:
        come_back()
