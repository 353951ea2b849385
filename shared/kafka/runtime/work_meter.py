"""Measures how long the work of records takes, and limits how many are active by it."""

from collections.abc import Callable

from shared.clock import Clock
from shared.kafka.runtime.concurrency import AdaptiveLimit
from shared.kafka.runtime.slots import Slot
from shared.kafka.runtime.turns import Turns

_ENOUGH = 5  # records in a mean
_MAX_PAUSE = 1.0  # seconds


class WorkMeter:
    """Measures the work of each record up to its first external wait, adapts the limit, and pauses a flood."""

    def __init__(self, limit: AdaptiveLimit, turns: Turns, clock: Clock) -> None:
        self._limit = limit
        self._turns = turns
        self._clock = clock
        self._began: dict[Slot, float] = {}
        self._seconds = 0.0
        self._records = 0

    def begin(self, slot: Slot, at: float) -> None:
        """Note that the record starts. at: of the monotonic clock."""
        self._began[slot] = at

    def ignore(self, slot: Slot) -> None:
        """Do not measure a record that takes so long that it must be waiting for something."""
        self._began.pop(slot, None)

    def end(self, slot: Slot, resume_later: Callable[[float, str], None]) -> None:
        """Note that the record has ended or is in its first external wait.

        If its workspace floods and the limit is below 1, pause the workspace; `resume_later` gets the seconds.
        """
        began = self._began.pop(slot, None)
        if began is None:
            return
        seconds = self._clock.monotonic() - began
        self._seconds += seconds
        self._records += 1
        pause = min(self._limit.pause_after(seconds), _MAX_PAUSE)
        if pause and self._turns.floods(slot.workspace):
            self._turns.pause(slot.workspace)
            resume_later(pause, slot.workspace)

    async def adapt(self) -> None:
        """Update the limit by the records since the last time, if they are enough."""
        if self._records < _ENOUGH:
            return
        self._limit.update(self._seconds / self._records, throttled=self._turns.throttled)
        self._turns.active, self._turns.throttled = self._limit.active, False
        self._seconds, self._records = 0.0, 0
