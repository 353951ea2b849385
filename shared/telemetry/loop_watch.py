"""Watches how late the event loop of a process is, and says what holds it.

All of a process's work shares one loop: what takes long without waiting, such as a rule of one tenant, keeps everybody
else's messages waiting. A thread looks at the loop from outside, so that what never ends is named too.
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

_BEAT = 0.1  # seconds between two beats
_LOOK = 0.25  # seconds between two looks of the thread
_LATE = 1.0  # seconds from which on it is said
_AGAIN = 2.0  # times as late, until it is said again
_SHOWN = 3  # functions, the innermost first
_ROOT = Path(__file__).parents[2]
_OURS = (f"{_ROOT / 'services'}/", f"{_ROOT / 'shared'}/")


@dataclass(frozen=True, slots=True)
class Stage:
    """Our functions that the event loop is running, innermost first. workspace: of the record in work, where known."""

    functions: tuple[str, ...]
    workspace: str = ""


class LoopWatch:
    """One per process. now: seconds of a monotonic clock; another one for tests."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._beat = now()
        self._say_from = _LATE
        self._over = threading.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until `stop`; in the thread of the loop."""
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
        """Note that the loop has run."""
        now = self._now()
        metrics.LOOP_DELAY.observe(max(0.0, now - self._beat - _BEAT))
        self._beat = now
        self._say_from = _LATE

    def look(self, stage: Callable[[], Stage]) -> bool:
        """Log what the loop is running if it is late enough; return whether it was logged."""
        late = self._now() - self._beat - _BEAT
        if late < self._say_from:
            return False
        self._say_from = late * _AGAIN
        found = stage()
        about = {"workspace_id": found.workspace} if found.workspace else {}
        log.warning("The event loop stands still", seconds=round(late, 1), stage=" < ".join(found.functions), **about)
        return True

    def _watch(self, thread: int) -> None:
        while not self._over.wait(_LOOK):
            self.look(lambda: stage_of(sys._current_frames().get(thread)))


def stage_of(frame: FrameType | None) -> Stage:
    """The stage of a thread, from its innermost frame."""
    frames = list(_outwards(frame))
    ours = [_name(one.f_code) for one in frames if one.f_code.co_filename.startswith(_OURS)]
    slots = [one.f_locals.get("slot") for one in frames if one.f_code.co_name == "process"]
    workspace = next((str(getattr(slot, "workspace", "")) for slot in slots if slot is not None), "")
    return Stage(tuple(ours[:_SHOWN]) or ("none of ours",), workspace)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name(code: CodeType) -> str:
    """Such as `shared/flows/engine/triggers.py:trigger`."""
    return f"{Path(code.co_filename).relative_to(_ROOT)}:{code.co_name}"
