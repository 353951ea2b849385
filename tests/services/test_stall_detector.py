"""Detection that the process was paused."""

from datetime import UTC, datetime

from services.ai.stalls import StallDetector
from shared.clock import FixedClock


def _stalls() -> tuple[StallDetector, FixedClock]:
    clock = FixedClock(datetime(2026, 3, 14, tzinfo=UTC))
    return StallDetector(clock), clock


def test_timely_heartbeats_are_no_stall() -> None:
    stalls, clock = _stalls()
    for _ in range(20):
        clock.advance(0.3)
        stalls.beat()
    assert not stalls.stalled_since(0.0)


def test_late_heartbeat_is_detected_before_and_after_it_comes() -> None:
    stalls, clock = _stalls()
    clock.advance(0.25)
    stalls.beat()
    clock.advance(5)
    assert stalls.stalled_since(0.0), "a query before the late heartbeat detects it too"
    stalls.beat()
    assert stalls.stalled_since(1.0)
    began = clock.monotonic() + 0.1
    clock.advance(0.25)
    stalls.beat()
    assert not stalls.stalled_since(began), "later calls were not affected"
