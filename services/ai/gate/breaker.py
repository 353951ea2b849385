"""One circuit breaker for each vendor and model: when most calls fail, nobody calls for a while; then one does, to see.

The same rules twice: in Redis for all replicas (`breaker.lua`, one step for each question), and in this process, for
when Redis is away. `tests/services/test_breaker.py` runs the same cases over both.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Protocol

from shared.clock import Clock
from shared.storage.redis import Redis

_SCRIPT = Path(__file__).with_name("breaker.lua").read_text(encoding="utf-8")


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


class RedisBreaker:
    """Implements `Breaker` for all replicas. clock: None for the time of the Redis server, which all replicas share."""

    def __init__(self, redis: Redis, rules: BreakerRules, clock: Clock | None = None) -> None:
        self._redis = redis
        self._rules = rules
        self._clock = clock

    async def ask(self, name: str, token: str) -> BreakerReply:
        """See the port."""
        return await self._run(name, "ask", token, 0.0)

    async def tell(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """See the port."""
        given = max(seconds, self._rules.denied) if what is CallSignal.ACCESS else seconds
        return await self._run(name, what, token, given)

    async def _run(self, name: str, what: str, token: str, given: float) -> BreakerReply:
        rules = self._rules
        times = (rules.first, rules.most, rules.lease, given)
        now = _ms(self._clock.now().timestamp()) if self._clock else 0
        state, wait, changed = await self._redis.run(
            _SCRIPT,
            [f"parley:ai:breaker:{name}"],
            [what, token, now, _ms(rules.window), rules.least, round(rules.share * 100), *map(_ms, times)],
        )
        return BreakerReply(BreakerState(state), wait / 1000, bool(changed))


@dataclass(slots=True)
class _ModelState:
    """until: None while it is closed. calls: when, and whether it was good; bad: how many of them were not."""

    until: float | None = None
    times: int = 0
    holder: str = ""
    leased: float = 0.0
    calls: deque[tuple[float, bool]] = field(default_factory=deque)
    bad: int = 0


class LocalBreaker:
    """Implements `Breaker` for this process alone."""

    def __init__(self, rules: BreakerRules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self._all: dict[str, _ModelState] = {}

    async def ask(self, name: str, token: str) -> BreakerReply:
        """See the port."""
        one, now = self._all.get(name), self._clock.monotonic()
        if one is None or one.until is None:
            return BreakerReply(BreakerState.CLOSED)
        shut = max(one.until, one.leased)
        if now < shut:
            return BreakerReply(BreakerState.OPEN, shut - now)
        one.holder, one.leased = token, now + self._rules.lease
        return BreakerReply(BreakerState.HALF_OPEN)

    async def tell(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """See the port."""
        one, now = self._all.setdefault(name, _ModelState()), self._clock.monotonic()
        if what is CallSignal.NOTHING:
            if one.holder == token:
                one.holder, one.leased = "", 0.0
            return BreakerReply(BreakerState.CLOSED)
        if what is CallSignal.ACCESS:
            return self._denied(one, now, max(seconds, self._rules.denied))
        if one.until is not None:
            return self._probed(name, one, now, token, what, seconds)
        if what is CallSignal.ALIVE:
            return BreakerReply(BreakerState.CLOSED)
        return self._counted(one, now, what, seconds)

    def _denied(self, one: _ModelState, now: float, seconds: float) -> BreakerReply:
        if one.until is not None and one.until > now + seconds:
            return BreakerReply(BreakerState.OPEN, one.until - now)
        return _open(one, now, seconds, 0)

    def _probed(
        self, name: str, one: _ModelState, now: float, token: str, what: CallSignal, seconds: float
    ) -> BreakerReply:
        rules, until = self._rules, one.until or 0.0
        if one.holder != token:  # of a call that began before it opened
            return BreakerReply(BreakerState.OPEN, max(0.0, until - now))
        if what is CallSignal.BAD:
            times = one.times + 1
            return _open(one, now, max(seconds, min(rules.most, rules.first * 2.0 ** min(times, 64))), times)
        del self._all[name]
        return BreakerReply(BreakerState.CLOSED, changed=True)

    def _counted(self, one: _ModelState, now: float, what: CallSignal, seconds: float) -> BreakerReply:
        rules = self._rules
        one.calls.append((now, what is CallSignal.GOOD))
        one.bad += what is CallSignal.BAD
        while one.calls[0][0] <= now - rules.window:
            one.bad -= not one.calls.popleft()[1]
        total = len(one.calls)
        if what is CallSignal.BAD and total >= rules.least and one.bad >= rules.share * total:
            return _open(one, now, max(seconds, rules.first), 0)
        return BreakerReply(BreakerState.CLOSED)


def _open(one: _ModelState, now: float, seconds: float, times: int) -> BreakerReply:
    one.until, one.times, one.holder, one.leased = now + seconds, times, "", 0.0
    one.calls.clear()
    one.bad = 0
    return BreakerReply(BreakerState.OPEN, seconds, changed=True)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
