"""A circuit breaker for each model of each vendor: its rules, states and port. Pure.

It opens when most calls of a model fail, so that nobody waits for it; after a cooldown one call tests the model. The
rules exist twice, in Redis for all replicas (`redis_breaker`) and in this process (`local_breaker`), for when Redis
cannot be reached. `tests/services/test_breaker.py` runs the same cases over both.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """Times in seconds. It opens when of at least `least` calls within `window` the share `share` failed: for `first`
    seconds, twice as long each time that the probe fails too, up to `most`. lease: how long a probe may take. denied:
    for how long it opens when the key or the credit does not do any more.
    """

    window: float = 60.0
    least: int = 10
    share: float = 0.5
    first: float = 20.0
    most: float = 300.0
    lease: float = 35.0
    denied: float = 300.0


class BreakerState(IntEnum):
    CLOSED = 0  # all may call
    HALF_OPEN = 1  # one may, to see
    OPEN = 2  # nobody may


class CallSignal(StrEnum):
    """What a call said about its model."""

    GOOD = "good"
    BAD = "bad"
    ACCESS = "access"  # the vendor lets nobody of ours in
    ALIVE = "alive"  # it failed for its own sake: no sign against the model
    NOTHING = "nothing"  # it was not made, or what it says is worth nothing


@dataclass(frozen=True, slots=True)
class BreakerReply:
    """state, for who asked: HALF_OPEN: the probe is yours. wait: seconds until it may be asked again. changed: by this
    call: it has opened, or closed.
    """

    state: BreakerState
    wait: float = 0.0
    changed: bool = False


class Breaker(Protocol):
    """All breakers, by name. token: of the call; a probe is told of with the token that it was asked for with."""

    async def ask(self, name: str, token: str) -> BreakerReply:
        """May a call be made? Raises DependencyAway."""
        ...

    async def tell(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """What became of it. seconds: for which the vendor wants to be left alone. Raises DependencyAway."""
        ...
