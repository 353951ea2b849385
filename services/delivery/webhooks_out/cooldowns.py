"""Cooldowns of endpoints that cannot be reached, each longer than the one before, so that no call waits for them and
they are not flooded when they are back. Each process has its own: another replica notices with one call.
"""

from dataclasses import dataclass

from cachetools import LRUCache

from shared.kafka.retry import Backoff

BACKOFF = Backoff(first=5.0, most=3600.0, factor=3.0)
_MOST_ENDPOINTS = 10_000


@dataclass(slots=True)
class _EndpointFailures:
    """Failures in a row. until: the end of the cooldown after the last one."""

    count: int = 0
    until: float = 0.0


class EndpointCooldowns:
    """Times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._failures: LRUCache[tuple[str, str], _EndpointFailures] = LRUCache(maxsize=_MOST_ENDPOINTS)

    def left(self, workspace: str, webhook: str, now: float) -> float:
        """Return the rest of a webhook's cooldown in seconds; 0: it may be called."""
        failures = self._failures.get((workspace, webhook))
        return max(0.0, failures.until - now) if failures else 0.0

    def start(self, workspace: str, webhook: str, now: float) -> float:
        """Begin the cooldown of a webhook that could not be reached; return its seconds. Calls that were in flight
        together count once.
        """
        failures = self._failures.setdefault((workspace, webhook), _EndpointFailures())
        if now >= failures.until:
            failures.until = now + BACKOFF.wait(failures.count)
            failures.count += 1
        return failures.until - now

    def end(self, workspace: str, webhook: str) -> bool:
        """Forget the failures of a webhook that was reached; return whether there were any."""
        return self._failures.pop((workspace, webhook), None) is not None
