"""Limits the work of all expressions in one run of a flow.

Each expression is small, but a flow may evaluate hundreds of them per message, over lists and texts, and a run blocks
the router's event loop. Work is counted in steps of about a microsecond instead of timed, so that a redelivered message
has the same result.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_STEPS = 20_000  # steps of one run; the longest known flows take some hundreds
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
    """Limit the work within the block to `most` steps. In nested blocks only the outermost limit counts."""
    if _remaining.get() is not None:
        yield
        return
    token = _remaining.set(_Remaining(most))
    try:
        yield
    finally:
        _remaining.reset(token)


def spend(steps: int = 1) -> None:
    """Count steps; does nothing outside `limit_work`. Raises TooMuchWork."""
    remaining = _remaining.get()
    if remaining is not None:
        remaining.steps -= steps
        if remaining.steps < 0:
            raise TooMuchWork("this is more work than one message may be; take it apart, or have less in the lists")


def spend_on(*values: object) -> None:
    """Count the work of reading lists and texts, by their length. Raises TooMuchWork."""
    for value in values:
        if isinstance(value, list):
            spend(len(value))
        elif isinstance(value, str):
            spend(len(value) // _CHARACTERS_PER_STEP)
