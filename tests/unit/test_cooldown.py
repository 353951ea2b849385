"""A cooldown is active for its seconds."""

from datetime import UTC, datetime

from shared.clock import FixedClock
from shared.storage.cooldown import Cooldown


def test_cooldown_is_active_from_its_start_until_its_seconds_are_over() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    cooldown = Cooldown(5.0, clock)
    assert not cooldown.is_active()
    cooldown.start()
    clock.advance(4.9)
    assert cooldown.is_active()
    clock.advance(0.1)
    assert not cooldown.is_active()


def test_second_start_extends_the_cooldown() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    cooldown = Cooldown(5.0, clock)
    cooldown.start()
    clock.advance(3.0)
    cooldown.start()
    clock.advance(4.0)
    assert cooldown.is_active()
