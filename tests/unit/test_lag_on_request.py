"""The lag is measured for requests only, at most every five seconds, and an old one is not taken for a new one."""

import asyncio
from typing import cast

from shared.clock import FixedClock
from shared.kafka.lag.calculation import Lag
from shared.kafka.lag.meter import LagMeasurement, LagMeter
from shared.kafka.lag.on_request import LagOnRequest


class Meter:
    """A meter whose n-th measurement finds n records, or fails, or takes until `released`."""

    def __init__(self) -> None:
        self.measured = 0
        self.closed = 0
        self.error: Exception | None = None
        self.released = asyncio.Event()
        self.released.set()

    async def measure(self) -> LagMeasurement:
        self.measured += 1
        await self.released.wait()
        if self.error is not None:
            raise self.error
        return LagMeasurement({("router", "inbound.messages"): Lag(self.measured)}, {"router": 1}, {})

    async def close(self) -> None:
        self.closed += 1


def lag_of(meter: Meter, clock: FixedClock, patience: float = 5.0) -> LagOnRequest:
    return LagOnRequest(cast(LagMeter, meter), clock, patience)


async def test_requests_share_a_measurement_for_five_seconds(clock: FixedClock) -> None:
    meter = Meter()
    lag = lag_of(meter, clock)
    first = await asyncio.gather(*(lag.read() for _ in range(3)))
    clock.advance(4.9)
    assert {one.at for one in (*first, await lag.read())} == {first[0].at}
    assert (meter.measured, first[0].current) == (1, True)
    clock.advance(0.1)
    assert (await lag.read()).at == clock.now()
    assert meter.measured == 2


async def test_old_measurement_is_kept_and_not_called_current_after_a_failure(clock: FixedClock) -> None:
    meter = Meter()
    lag = lag_of(meter, clock)
    before = await lag.read()
    for error in (TimeoutError(), ValueError("of the driver")):
        meter.error = error
        clock.advance(5)
        found = await lag.read()
        assert (found.measurement, found.at, found.current) == (before.measurement, before.at, False)
    assert meter.closed == 2
    meter.error = None
    clock.advance(5)
    assert (await lag.read()).current


async def test_answer_does_not_wait_for_a_slow_broker(clock: FixedClock) -> None:
    meter = Meter()
    meter.released.clear()
    lag = lag_of(meter, clock, patience=0.01)
    assert not (await lag.read()).current
    clock.advance(10)
    assert not (await lag.read()).current
    assert meter.measured == 1, "it is still measuring"
    await lag.close()
    assert meter.closed == 1
