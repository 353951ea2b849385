"""The pace at which a broadcast's messages are published. Pure."""

from dataclasses import dataclass, field

from cachetools import LRUCache

_MOST_SAVED = 1.0  # seconds of unused rate; a longer pause is not made up for
_MOST_BROADCASTS = 10_000


@dataclass(slots=True)
class BroadcastPace:
    """Made once per process. Times are of the monotonic clock."""

    _left: LRUCache[str, tuple[float, float]] = field(default_factory=lambda: LRUCache(maxsize=_MOST_BROADCASTS))
    # broadcast -> time, and messages left then

    def allows(self, broadcast: str, rate: float, now: float) -> int:
        """Return how many messages may be published now. rate: messages a second; unused ones are saved for a second,
        but at least one message.
        """
        before, left = self._left.get(broadcast, (now, 1.0))
        left = min(left + rate * (now - before), max(1.0, rate * _MOST_SAVED))
        self._left[broadcast] = (now, left)
        return int(left)

    def use(self, broadcast: str, count: int) -> None:
        """Record that so many were published."""
        at, left = self._left[broadcast]
        self._left[broadcast] = (at, left - count)


def most_in_flight(rate: float) -> int:
    """Return how many messages may be without a result: few, so that little goes out after a pause, and enough to keep
    delivery busy.
    """
    return max(20, int(rate * 5))
