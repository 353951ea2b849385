"""Cooldowns of endpoints that cannot be reached, each longer than the one before, so that no call waits for them and
they are not flooded when they are back. After a cooldown one call tests the endpoint. Each process has its own: another
replica notices with one call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cachetools import LRUCache

from shared.http.poster import PostResult
from shared.kafka.retry import Backoff

BACKOFF = Backoff(first=5.0, most=3600.0, factor=3.0)
_MOST_ENDPOINTS = 10_000


@dataclass(slots=True)
class _EndpointFailures:
    """Failures in a row. until: the end of the cooldown after the last one. testing: a call is made after it."""

    count: int = 0
    until: float = 0.0
    testing: bool = False


class EndpointCooldowns:
    """Times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._failures: LRUCache[tuple[str, str], _EndpointFailures] = LRUCache(maxsize=_MOST_ENDPOINTS)

    def is_cooling(self, workspace: str, webhook: str, now: float) -> bool:
        """Return whether no call of a webhook may be made now: during its cooldown, and while another one tests it."""
        failures = self._failures.get((workspace, webhook))
        return failures is not None and (failures.testing or now < failures.until)

    @contextmanager
    def attempt(self, workspace: str, webhook: str, now: float) -> Iterator[bool]:
        """Yield whether a call of a webhook may be made in the block. After a cooldown it may in one block at a time,
        until the endpoint answers.
        """
        failures = self._failures.get((workspace, webhook))
        if failures is None or self.is_cooling(workspace, webhook, now):
            yield failures is None
            return
        failures.testing = True
        try:
            yield True
        finally:
            failures.testing = False

    def note(self, workspace: str, webhook: str, answer: PostResult, now: float) -> None:
        """Begin the cooldown of a webhook that could not be reached, or forget the failures of one that answered. Calls
        that were in flight together count once.
        """
        key = (workspace, webhook)
        if not answer.unreachable:
            self._failures.pop(key, None)
            return
        failures = self._failures.setdefault(key, _EndpointFailures())
        if now >= failures.until:
            failures.until = now + BACKOFF.wait(failures.count)
            failures.count += 1
