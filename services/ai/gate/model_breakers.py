"""The circuit breakers as the gate uses them: those of all replicas, or this process's own while Redis is away."""

from collections.abc import Callable

from services.ai.calls.schedule import TIME_OUT
from services.ai.gate.breaker import Breaker, BreakerReply, BreakerState, CallSignal
from services.ai.gate.port import CallEnd, CallRefused
from services.ai.vendors.by_model import vendor_of
from services.ai.vendors.failures import Fault
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.storage.cooldown import Cooldown
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_MIN_TIME_OUT = 2.0  # seconds; a shorter call that times out is no evidence against the model
_CLOSED_CACHED = 0.5  # seconds for which a breaker that was closed needs no round trip to Redis
_REDIS_COOLDOWN = 2.0  # seconds


def signal_of(ended: CallEnd | None, *, stalled: bool = False) -> CallSignal:
    """Return the evidence of a call. stalled: this process stalled during it, so a time-out is no evidence. Pure."""
    if ended is None:
        return CallSignal.NOTHING
    failure = ended.failure
    if failure is None:
        return CallSignal.GOOD
    if failure.fault is not Fault.MODEL:
        return CallSignal.ACCESS if failure.fault is Fault.ACCESS else CallSignal.ALIVE
    if failure.reason == TIME_OUT and (stalled or ended.seconds_allowed < _MIN_TIME_OUT):
        return CallSignal.NOTHING
    return CallSignal.BAD


class ModelBreakers:
    """Made once per process. stalled_since: returns whether this process stalled since a moment (monotonic seconds)."""

    def __init__(self, shared: Breaker, own: Breaker, clock: Clock, stalled_since: Callable[[float], bool]) -> None:
        self._shared = shared
        self._own = own
        self._clock = clock
        self._stalled_since = stalled_since
        self._redis_cooldown = Cooldown(_REDIS_COOLDOWN, clock)
        # By model: its last known state, and when that was seen; of an open breaker, until when it is open.
        self._seen: dict[str, tuple[BreakerState, float]] = {}

    async def enter(self, model: str, token: str) -> CallRefused | None:
        """Return None if the call may be made; its end is then reported with the same token."""
        if self._closed(model):
            return None
        view = await self._ask(model, token)
        self._note(model, view)
        if view.state is not BreakerState.OPEN:
            return None
        metrics.MODEL_CALLS.labels(model, "breaker open").inc()
        return CallRefused(reason=f"breaker open for {view.wait:.0f} s more")

    async def leave(self, model: str, token: str, ended: CallEnd | None) -> bool:
        """Report the end of a call; None: it was not made. Return whether another call may be made now."""
        stalled = ended is not None and self._stalled_since(ended.started_at)
        what = signal_of(ended, stalled=stalled)
        failure = ended.failure if ended else None
        seconds = (failure.retry_after or 0.0) if failure else 0.0
        name = _name(model)
        view = await self._own.record(name, token, what, seconds)  # always: it takes over when Redis cannot be reached
        if not self._redis_cooldown.is_active():
            try:
                view = await self._shared.record(name, token, what, seconds)
            except DependencyAway:
                self._away()
        if view.state is BreakerState.OPEN or view.changed:
            self._note(model, view)
        if view.changed:
            _report(model, view, what, failure.reason if failure else "")
        return view.state is not BreakerState.OPEN

    async def observe(self) -> None:
        """Update the metric: a breaker becomes half-open by the passing of time alone."""
        now = self._clock.monotonic()
        for model, (state, until) in self._seen.items():
            shown = BreakerState.HALF_OPEN if state is BreakerState.OPEN and until <= now else state
            metrics.BREAKER_STATE.labels(vendor_of(model), model).set(shown)

    def _closed(self, model: str) -> bool:
        """Return whether the breaker was closed a moment ago."""
        state, at = self._seen.get(model, (BreakerState.OPEN, 0.0))
        return state is BreakerState.CLOSED and self._clock.monotonic() < at + _CLOSED_CACHED

    async def _ask(self, model: str, token: str) -> BreakerReply:
        if not self._redis_cooldown.is_active():
            try:
                return await self._shared.admit(_name(model), token)
            except DependencyAway:
                self._away()
        return await self._own.admit(_name(model), token)

    def _away(self) -> None:
        self._redis_cooldown.start()
        log.debug("Redis is away: each replica has breakers of its own")

    def _note(self, model: str, view: BreakerReply) -> None:
        self._seen[model] = (view.state, self._clock.monotonic() + view.wait)


def _name(model: str) -> str:
    return f"{vendor_of(model)}:{model}"


def _report(model: str, view: BreakerReply, what: CallSignal, reason: str) -> None:
    if view.state is BreakerState.CLOSED:
        log.info("A model is used again", model=model)
        return
    metrics.BREAKER_OPENED.labels(vendor_of(model), model, what).inc()
    write = log.error if what is CallSignal.ACCESS else log.warning
    write(
        "A vendor refuses our key or credit: renew it"
        if what is CallSignal.ACCESS
        else "A model is not called for a while: its breaker is open",
        model=model,
        reason=reason,
        seconds=round(view.wait),
    )
