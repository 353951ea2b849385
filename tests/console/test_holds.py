"""How far the cursor of a workspace advances while events wait."""

from services.console.live.holds import Holds


def test_cursor_stays_before_the_oldest_event_that_waits() -> None:
    holds = Holds()
    first, second = holds.take((5, 5)), holds.take((8, 6))
    assert holds.cursor((20, 20)) == (5, 5)
    holds.release(first)
    assert holds.cursor((20, 20)) == (8, 6)
    holds.release(second)
    holds.release(second)
    assert holds.cursor((20, 20)) == (20, 20)
