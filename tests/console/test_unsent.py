"""The cursor of a workspace while events wait."""

from services.console.live.unsent import UnsentPositions


def test_cursor_stays_before_the_oldest_event_that_waits() -> None:
    unsent = UnsentPositions()
    first, second = unsent.mark((5, 5)), unsent.mark((8, 6))
    assert unsent.cursor((20, 20)) == (5, 5)
    unsent.remove(first)
    assert unsent.cursor((20, 20)) == (8, 6)
    unsent.remove(second)
    unsent.remove(second)
    assert unsent.cursor((20, 20)) == (20, 20)
