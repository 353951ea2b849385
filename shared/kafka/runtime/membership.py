"""Finds out that another member has the partitions and the driver has not noticed. Pure.

Records arrive, so a broker is there; but it has taken no commit for longer than a session and a rebalance. An outage is
a pause of the records, and commits have their time again after it.
"""

from shared.clock import Clock
from shared.kafka.ports import SourceLost

_PAUSE = 20.0  # seconds without records, after which the broker may have been away


class Membership:
    """limit: seconds for which commits may be refused while records arrive."""

    def __init__(self, clock: Clock, *, limit: float) -> None:
        self._clock = clock
        self._limit = limit
        self._arrived_at = self._arriving_since = clock.monotonic()
        self._refused_since: float | None = None

    def note_records(self) -> None:
        """Note that records were fetched."""
        now = self._clock.monotonic()
        if now - self._arrived_at > _PAUSE:
            self._arriving_since = now
        self._arrived_at = now

    def note_refusal(self) -> None:
        """Note that the broker has not taken a commit."""
        if self._refused_since is None:
            self._refused_since = self._clock.monotonic()

    def forget_refusals(self) -> None:
        """Begin anew: a commit was taken, none was tried, or partitions were assigned."""
        self._refused_since = None

    def check(self) -> None:
        """Raise SourceLost if the process is no member any more."""
        since = self._refused_since
        if since is not None and self._arrived_at - max(since, self._arriving_since) > self._limit:
            raise SourceLost(
                f"no offset was committed for {self._limit:g} s while records arrived: this process is no member of "
                "its group any more"
            )
