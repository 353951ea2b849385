"""A circuit breaker for each model of each vendor: its rules, states and port. Pure.

It opens when most calls of a model fail, so that requests do not wait for it; after a cooldown one call tests the
model. The rules exist twice, in Redis for all replicas (`redis_breaker`) and in this process (`local_breaker`), for
when Redis cannot be reached. `tests/services/test_breaker.py` runs the same cases over both.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """Times in seconds. A breaker opens when the share `failure_share` of at least `min_calls` calls within
    `window` failed: for `first_cooldown`, doubled after each failed probe, up to `max_cooldown`. access_cooldown: for
    how long it opens when the key or the credit is refused. probe_lease: the time a probe may take.
    """

    window: float = 60.0
    min_calls: int = 10
    failure_share: float = 0.5
    first_cooldown: float = 20.0
    max_cooldown: float = 300.0
    probe_lease: float = 35.0
    access_cooldown: float = 300.0


class BreakerState(IntEnum):
    CLOSED = 0  # all calls are admitted
    HALF_OPEN = 1  # one call is admitted, the probe
    OPEN = 2  # no call is admitted


class CallSignal(StrEnum):
    """The evidence that a call gives about its model."""

    GOOD = "good"
    BAD = "bad"
    ACCESS = "access"  # the vendor refuses our key or credit
    ALIVE = "alive"  # the request itself failed: no evidence against the model
    NOTHING = "nothing"  # it was not made, or gives no evidence


@dataclass(frozen=True, slots=True)
class BreakerReply:
    """The reply of a circuit breaker to a caller. state: as the caller sees it; HALF_OPEN: the caller makes the probe.
    wait: seconds until a call may be admitted. changed: this report opened or closed the breaker.
    """

    state: BreakerState
    wait: float = 0.0
    changed: bool = False


class Breaker(Protocol):
    """All breakers, by name. token: of the call; a probe is recorded with the token that it was admitted with."""

    async def admit(self, name: str, token: str) -> BreakerReply:
        """Return whether a call may be made. Raises DependencyAway."""
        ...

    async def record(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """Record the outcome of a call. seconds: Retry-After of the vendor. Raises DependencyAway."""
        ...
