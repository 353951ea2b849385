"""How much work the expressions of one run of a flow may be.

Each expression is small, but a flow may come past hundreds of them between two messages, each over lists and texts; and
a run holds the event loop of a router that answers for others too. So work is counted, in steps of about a
microsecond, and not timed: a message that comes again is decided on in the same way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_STEPS = 20_000  # steps of one run; the longest honest ones that we know of take some hundreds
_CHARACTERS_PER_STEP = 64  # of a text, for one step


class TooMuchWork(ValueError):
    """Raised when a run exceeds its limit of work."""


class _Remaining:
    __slots__ = ("steps",)

    def __init__(self, steps: int) -> None:
        self.steps = steps


_remaining: ContextVar[_Remaining | None] = ContextVar("effort", default=None)


@contextmanager
def limit_work(most: int = MAX_STEPS) -> Iterator[None]:
    """Count what is worked out within, up to so many steps. Within another one, that one counts."""
    if _remaining.get() is not None:
        yield
        return
    token = _remaining.set(_Remaining(most))
    try:
        yield
    finally:
        _remaining.reset(token)


def spend(steps: int = 1) -> None:
    """Count. Raises TooMuchWork. Without `limit_work` around it nothing is counted."""
    remaining = _remaining.get()
    if remaining is not None:
        remaining.steps -= steps
        if remaining.steps < 0:
            raise TooMuchWork("this is more work than one message may be; take it apart, or have less in the lists")


def spend_on(*values: object) -> None:
    """Count what it takes to look through these: each item of a list, and each part of a text. Raises TooMuchWork."""
    for value in values:
        if isinstance(value, list):
            spend(len(value))
        elif isinstance(value, str):
            spend(len(value) // _CHARACTERS_PER_STEP)
