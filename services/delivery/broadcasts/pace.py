"""How many messages of a broadcast may be handed over now. Plain arithmetic; the time is given."""

from dataclasses import dataclass, field

from cachetools import LRUCache

_MOST_SAVED = 1.0  # seconds: what was not used while a dependency was away is not made up for
_MOST_KNOWN = 10_000


@dataclass(slots=True)
class BroadcastPace:
    """Of one process. Times are of the monotonic clock."""

    _at: LRUCache[str, tuple[float, float]] = field(default_factory=lambda: LRUCache(maxsize=_MOST_KNOWN))
    # broadcast -> when, and what was left then

    def allows(self, broadcast: str, rate: float, now: float) -> int:
        """rate: messages a second. What is not `used` is saved for a second, but at least one message's worth."""
        before, left = self._at.get(broadcast, (now, 1.0))
        left = min(left + rate * (now - before), max(1.0, rate * _MOST_SAVED))
        self._at[broadcast] = (now, left)
        return int(left)

    def used(self, broadcast: str, count: int) -> None:
        """So many were handed over."""
        at, left = self._at[broadcast]
        self._at[broadcast] = (at, left - count)


def most_waiting(rate: float) -> int:
    """How many messages may be on their way without a result: little is to go out after a pause, yet delivery is not to
    stand still.
    """
    return max(20, int(rate * 5))
