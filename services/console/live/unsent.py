"""Decides how far a workspace's cursor may advance while some of its events are not sent yet."""

from services.console.live.cursor import Positions


class UnsentPositions:
    """A mark is set when an event waits to be sent, with the positions before it, and removed when it was sent. The
    cursor stays at the oldest mark: a browser that is cut off resumes with what it did not get.
    """

    def __init__(self) -> None:
        self._marks: dict[int, Positions] = {}
        self._next = 0

    def mark(self, before: Positions) -> int:
        """Keep the cursor at these positions; return the mark."""
        self._next += 1
        self._marks[self._next] = before
        return self._next

    def remove(self, mark: int) -> None:
        """Remove a mark; one that is removed already is ignored."""
        self._marks.pop(mark, None)

    def cursor(self, latest: Positions) -> Positions:
        """Return the positions up to which everything was sent. latest: behind all that was read."""
        if not self._marks:
            return latest
        return tuple(map(min, *self._marks.values(), latest))
