"""`Alarm`: rings once, at the earliest time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from shared.kafka.runtime.alarm import Alarm

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_alarm_rings_once_for_the_earliest_time(run: Run) -> None:
    async def scenario() -> None:
        rings = 0
        rung = asyncio.Event()

        def ring() -> None:
            nonlocal rings
            rings += 1
            rung.set()

        alarm = Alarm(ring)
        for seconds in (3600.0, 0.0, 0.0, 60.0, 0.001):
            alarm.set(seconds)
        await asyncio.wait_for(rung.wait(), 30)
        await asyncio.sleep(0.01)
        assert rings == 1

    run(scenario())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_alarm_can_be_set_again_while_it_rings(run: Run) -> None:
    async def scenario() -> None:
        rings = 0
        done = asyncio.Event()

        def ring() -> None:
            nonlocal rings
            rings += 1
            if rings < 3:
                alarm.set(0.0)
            else:
                done.set()

        alarm = Alarm(ring)
        alarm.set(0.0)
        await asyncio.wait_for(done.wait(), 30)

    run(scenario())
