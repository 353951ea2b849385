"""Endpoints that cannot be reached rest, each for longer than the time before, so that nobody waits for them and they
are not flooded when they are back. Known to this process alone: another replica finds out with one call of its own.
"""

from dataclasses import dataclass

from cachetools import LRUCache

from shared.kafka.retry import Backoff

BACKOFF = Backoff(first=5.0, most=3600.0, factor=3.0)
_MOST = 10_000


@dataclass(slots=True)
class _EndpointFailures:
    count: int = 0
    until: float = 0.0


class EndpointCooldowns:
    """Times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._troubles: LRUCache[tuple[str, str], _EndpointFailures] = LRUCache(maxsize=_MOST)

    def left(self, workspace: str, webhook: str, now: float) -> float:
        """For how long it still rests; 0: it may be called."""
        trouble = self._troubles.get((workspace, webhook))
        return max(0.0, trouble.until - now) if trouble else 0.0

    def unreachable(self, workspace: str, webhook: str, now: float) -> float:
        """A call got no answer: for how long it rests. Calls that were on their way together count once."""
        trouble = self._troubles.setdefault((workspace, webhook), _EndpointFailures())
        if now >= trouble.until:
            trouble.until = now + BACKOFF.wait(trouble.count)
            trouble.count += 1
        return trouble.until - now

    def answered(self, workspace: str, webhook: str) -> bool:
        """It can be reached; whether it could not be before."""
        return self._troubles.pop((workspace, webhook), None) is not None
