"""The circuit breakers of one process, for when Redis cannot be reached."""

from collections import deque
from dataclasses import dataclass, field

from services.ai.gate.breaker import BreakerReply, BreakerRules, BreakerState, CallSignal
from shared.clock import Clock


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
