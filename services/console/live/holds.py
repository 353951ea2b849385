"""Decides how far a workspace's cursor may advance while some of its events are not sent yet."""

from services.console.live.cursor import Positions


class Holds:
    """Each hold is taken when an event waits to be sent, with the positions before it, and released when it was. The
    cursor stays at the positions of the oldest hold: a browser that is cut off resumes with what it did not get.
    """

    def __init__(self) -> None:
        self._held: dict[int, Positions] = {}
        self._next = 0

    def take(self, before: Positions) -> int:
        """Hold the cursor at these positions; return the hold. Positions are those of a tail, which only advances."""
        self._next += 1
        self._held[self._next] = before
        return self._next

    def release(self, hold: int) -> None:
        """Release a hold; one that is released already is ignored."""
        self._held.pop(hold, None)

    def cursor(self, latest: Positions) -> Positions:
        """Return the positions up to which everything was sent."""
        if not self._held:
            return latest
        return tuple(map(min, *self._held.values(), latest))
