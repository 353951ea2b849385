"""A blocked event loop is logged, with the function that blocks it and the workspace of its record."""

import asyncio
import sys
import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.telemetry import metrics
from shared.telemetry.loop_watch import LoopWatch, Stage, stage_of

STAGE = Stage(("shared/flows/engine/triggers.py:trigger",), "acme")


def test_loop_that_is_on_time_is_not_reported() -> None:
    now = 0.0
    watch = LoopWatch(lambda: now)
    for _ in range(100):
        now += 0.5
        assert not watch.look(lambda: STAGE)
        watch.beat()


def test_blocked_loop_is_reported_and_again_after_twice_the_time() -> None:
    now = 0.0
    watch = LoopWatch(lambda: now)
    said = []
    with capture_logs() as lines:
        for second in range(1, 40):
            now = second + 0.4
            if watch.look(lambda: STAGE):
                said.append(second)
        watch.beat()
        now += 2
        assert watch.look(lambda: STAGE)
    assert said == [1, 3, 7, 15, 31]
    first = lines[0]
    assert (first["event"], first["stage"], first["workspace_id"]) == (
        "The event loop is blocked",
        "shared/flows/engine/triggers.py:trigger",
        "acme",
    )


def _count() -> float:
    (family,) = metrics.LOOP_DELAY.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_count"))


class _Counted(LoopWatch):
    """Stops after some beats."""

    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__()
        self._stop, self._left = stop, 3

    def beat(self) -> None:
        super().beat()
        self._left -= 1
        if not self._left:
            self._stop.set()


async def test_watch_observes_the_delay_until_it_is_stopped() -> None:
    before, stop = _count(), asyncio.Event()
    async with asyncio.timeout(20):
        await _Counted(stop).run(stop)
    assert _count() == before + 3


class _Slot:
    workspace = "acme"


def test_stage_names_our_functions_and_the_workspace_of_the_record() -> None:
    """As the runtime calls a handler: a frame called `_process` has the record's slot."""
    from shared.text import phrases

    held, go_on = threading.Event(), threading.Event()

    class Text(str):
        def __len__(self) -> int:
            held.set()
            go_on.wait(20)
            return 0

    def process(slot: Any) -> None:
        phrases.is_one_of(Text("x"), ("y",))

    thread = threading.Thread(target=process, args=(_Slot(),))
    thread.start()
    try:
        assert held.wait(20)
        assert thread.ident is not None
        stage = stage_of(sys._current_frames()[thread.ident])
    finally:
        go_on.set()
        thread.join(20)
    assert stage == Stage(("shared/text/phrases.py:is_one_of",), "acme")


@pytest.mark.parametrize("frame", [None, sys._getframe()])
def test_stack_without_our_code_is_reported_as_such(frame: Any) -> None:
    assert stage_of(frame) == Stage(("none of ours",))
