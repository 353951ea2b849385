"""The circuit breakers of this process, for when Redis cannot be reached."""

from collections import deque
from dataclasses import dataclass, field

from services.ai.gate.breaker import BreakerReply, BreakerRules, BreakerState, CallSignal
from shared.clock import Clock


@dataclass(slots=True)
class _ModelState:
    """The state of the breaker of one model. until: None while it is closed. calls: time of each and whether it
    succeeded; bad: how many failed.
    """

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
        self._by_name: dict[str, _ModelState] = {}

    async def admit(self, name: str, token: str) -> BreakerReply:
        """See the port."""
        breaker, now = self._by_name.get(name), self._clock.monotonic()
        if breaker is None or breaker.until is None:
            return BreakerReply(BreakerState.CLOSED)
        refuses_until = max(breaker.until, breaker.leased)
        if now < refuses_until:
            return BreakerReply(BreakerState.OPEN, refuses_until - now)
        breaker.holder, breaker.leased = token, now + self._rules.probe_lease
        return BreakerReply(BreakerState.HALF_OPEN)

    async def record(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """See the port."""
        breaker, now = self._by_name.setdefault(name, _ModelState()), self._clock.monotonic()
        if what is CallSignal.NOTHING:
            if breaker.holder == token:
                breaker.holder, breaker.leased = "", 0.0
            return BreakerReply(BreakerState.CLOSED)
        if what is CallSignal.ACCESS:
            return self._access_refused(breaker, now, max(seconds, self._rules.access_cooldown))
        if breaker.until is not None:
            return self._probed(name, breaker, now, token, what, seconds)
        if what is CallSignal.ALIVE:
            return BreakerReply(BreakerState.CLOSED)
        return self._counted(breaker, now, what, seconds)

    def _access_refused(self, breaker: _ModelState, now: float, seconds: float) -> BreakerReply:
        if breaker.until is not None and breaker.until > now + seconds:
            return BreakerReply(BreakerState.OPEN, breaker.until - now)
        return _open(breaker, now, seconds, 0)

    def _probed(
        self, name: str, breaker: _ModelState, now: float, token: str, what: CallSignal, seconds: float
    ) -> BreakerReply:
        rules, until = self._rules, breaker.until or 0.0
        if breaker.holder != token:  # of a call that began before it opened
            return BreakerReply(BreakerState.OPEN, max(0.0, until - now))
        if what is CallSignal.BAD:
            times = breaker.times + 1
            return _open(
                breaker, now, max(seconds, min(rules.max_cooldown, rules.first_cooldown * 2.0 ** min(times, 64))), times
            )
        del self._by_name[name]
        return BreakerReply(BreakerState.CLOSED, changed=True)

    def _counted(self, breaker: _ModelState, now: float, what: CallSignal, seconds: float) -> BreakerReply:
        rules = self._rules
        breaker.calls.append((now, what is CallSignal.GOOD))
        breaker.bad += what is CallSignal.BAD
        while breaker.calls[0][0] <= now - rules.window:
            breaker.bad -= not breaker.calls.popleft()[1]
        total = len(breaker.calls)
        if what is CallSignal.BAD and total >= rules.min_calls and breaker.bad >= rules.failure_share * total:
            return _open(breaker, now, max(seconds, rules.first_cooldown), 0)
        return BreakerReply(BreakerState.CLOSED)


def _open(breaker: _ModelState, now: float, seconds: float, times: int) -> BreakerReply:
    breaker.until, breaker.times, breaker.holder, breaker.leased = now + seconds, times, "", 0.0
    breaker.calls.clear()
    breaker.bad = 0
    return BreakerReply(BreakerState.OPEN, seconds, changed=True)
