"""Compares this machine's clock with those of the servers that it works with.

Kafka refuses records that are dated more than an hour ahead of its own clock (`message.timestamp.after.max.ms`), so a
machine whose clock is that wrong can accept nothing. A clock that is wrong by less makes times, windows and lag wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.clock import Clock
from shared.errors import ClockWrong, DependencyAway
from shared.telemetry import logging, metrics

log = logging.get(__name__)

TimeServer = Callable[[], Awaitable[datetime]]

TOLERATED = 30.0  # seconds
KAFKA_TAKES = 3600.0  # seconds ahead of the broker, unless it is configured otherwise
_LIMIT = 1.0  # seconds for a server's answer
_FRESH = 5.0
_LOG_EVERY = 60.0


class ClockCheck:
    """Compares this machine's clock with those of the servers. servers: by name, a function that returns the server's
    time; each may raise DependencyAway.
    """

    def __init__(self, clock: Clock) -> None:
        self.servers: dict[str, TimeServer] = {}
        self._clock = clock
        self._skews: dict[str, float] = {}  # seconds that this machine is ahead
        self._compared_at = float("-inf")
        self._logged_at = float("-inf")

    async def compare(self) -> None:
        """Compare with all servers, at most every five seconds; servers that do not answer are left out."""
        if self._clock.monotonic() - self._compared_at < _FRESH:
            return
        self._compared_at = self._clock.monotonic()
        found = await asyncio.gather(*map(self._skew, self.servers.values()))
        self._skews = {name: skew for name, skew in zip(self.servers, found, strict=True) if skew is not None}
        for name, skew in self._skews.items():
            metrics.CLOCK_SKEW.labels(name).set(skew)
        self._warn()

    async def check(self) -> None:
        """Raise ClockWrong when a server's clock and ours differ by more than 30 s."""
        await self.compare()
        wrong = {name: skew for name, skew in self._skews.items() if abs(skew) > TOLERATED}
        if wrong:
            raise ClockWrong(_describe(wrong))

    async def check_for_kafka(self) -> None:
        """Raise ClockWrong when Kafka is sure to reject our records: at least two servers are an hour behind us. One
        alone may be wrong itself.
        """
        await self.compare()
        if len(self._skews) > 1 and min(self._skews.values()) > KAFKA_TAKES:
            raise ClockWrong(f"{_describe(self._skews)}; Kafka rejects records from an hour ahead")

    async def _skew(self, server: TimeServer) -> float | None:
        before = self._clock.now()
        try:
            async with asyncio.timeout(_LIMIT):
                theirs = await server()
        except (DependencyAway, TimeoutError):
            return None
        after = self._clock.now()
        return (before + (after - before) / 2 - theirs).total_seconds()

    def _warn(self) -> None:
        wrong = {name: round(skew, 1) for name, skew in self._skews.items() if abs(skew) > TOLERATED}
        if wrong and self._clock.monotonic() - self._logged_at >= _LOG_EVERY:
            self._logged_at = self._clock.monotonic()
            log.warning("The clock of this machine is wrong, or a server's is", seconds_ahead_of=wrong)


def _describe(skews: dict[str, float]) -> str:
    each = " and ".join(
        f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {name}'s" for name, skew in skews.items()
    )
    return f"the clock of this machine is {each}: set it by NTP (chronyc tracking)"
