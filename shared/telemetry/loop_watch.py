"""Measures the delay of the event loop and logs what blocks it.

All work of a process shares one loop, so that long computation, such as one workspace's pattern, delays all other
messages. A thread watches the loop, so that a call that never returns is named too.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import CodeType, FrameType

from shared.telemetry import logging, metrics

log = logging.get(__name__)

_BEAT = 0.25  # seconds between two beats; each wakes up the process
_LOOK = 0.5  # seconds between two checks by the thread
_LATE = 1.0  # seconds of delay from which on it is logged
_AGAIN = 2.0  # times the delay until it is logged again
_SHOWN = 3  # functions, the innermost first
_SLOTS = {"process": "slot", "_process_together": "first"}  # functions of `Processor` and their variables of a slot
_ROOT = Path(__file__).parents[2]
_OURS = (f"{_ROOT / 'services'}/", f"{_ROOT / 'shared'}/")


@dataclass(frozen=True, slots=True)
class Stage:
    """Our functions that the event loop is running, innermost first. workspace: of the current record, if known."""

    functions: tuple[str, ...]
    workspace: str = ""


class LoopWatch:
    """One per process. now: a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._beat = now()
        self._log_from = _LATE
        self._over = threading.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until `stop` is set, in the thread of the loop."""
        self._beat = self._now()
        watching = threading.Thread(target=self._watch, args=(threading.get_ident(),), name="loop-watch", daemon=True)
        watching.start()
        try:
            while not stop.is_set():
                await asyncio.sleep(_BEAT)
                self.beat()
        finally:
            self._over.set()

    def beat(self) -> None:
        """Observe the delay of the loop."""
        now = self._now()
        metrics.LOOP_DELAY.observe(max(0.0, now - self._beat - _BEAT))
        self._beat = now
        self._log_from = _LATE

    def look(self, stage: Callable[[], Stage]) -> bool:
        """Log what blocks the loop if the delay is long enough; return whether it was logged."""
        late = self._now() - self._beat - _BEAT
        if late < self._log_from:
            return False
        self._log_from = late * _AGAIN
        found = stage()
        about = {"workspace_id": found.workspace} if found.workspace else {}
        log.warning("The event loop is blocked", seconds=round(late, 1), stage=" < ".join(found.functions), **about)
        return True

    def _watch(self, thread: int) -> None:
        while not self._over.wait(_LOOK):
            self.look(lambda: stage_of(sys._current_frames().get(thread)))


def stage_of(frame: FrameType | None) -> Stage:
    """Return what a thread is running, from its innermost frame."""
    frames = list(_outwards(frame))
    ours = [_name(one.f_code) for one in frames if one.f_code.co_filename.startswith(_OURS)]
    slots = [one.f_locals.get(_SLOTS[name]) for one in frames if (name := one.f_code.co_name) in _SLOTS]
    workspace = next((str(getattr(slot, "workspace", "")) for slot in slots if slot is not None), "")
    return Stage(tuple(ours[:_SHOWN]) or ("none of ours",), workspace)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name(code: CodeType) -> str:
    """Such as `shared/flows/engine/triggers.py:trigger`."""
    return f"{Path(code.co_filename).relative_to(_ROOT)}:{code.co_name}"
