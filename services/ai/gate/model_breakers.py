"""The circuit breakers as the gate uses them: those of all replicas, or this process's own while Redis is away."""

from collections.abc import Callable
from dataclasses import dataclass

from services.ai.calls.schedule import TIME_OUT
from services.ai.gate.breaker import Breaker, BreakerReply, BreakerState, CallSignal
from services.ai.gate.call_scripts import ScriptStep
from services.ai.gate.port import CallEnd, CallRefused
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.vendors.failures import Fault
from shared.clock import Clock
from shared.domain.model_vendors import breaker_name, vendor_of
from shared.errors import DependencyAway
from shared.storage.cooldown import Cooldown
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_MIN_TIME_OUT = 2.0  # seconds; a shorter call that times out is no evidence against the model
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


@dataclass(frozen=True, slots=True)
class CallEvidence:
    """The result of a call, for the breaker of its model. seconds: the vendor's Retry-After. own: the reply of this
    process's breaker.
    """

    model: str
    token: str
    signal: CallSignal
    seconds: float
    reason: str
    own: BreakerReply


class ModelBreakers:
    """Made once per process. stalled_since: returns whether this process stalled since a moment (monotonic seconds).

    The steps are for a script that does more than this in one round trip; what it returns is passed to `note_admitted`
    or `note_ended`.
    """

    def __init__(
        self, shared: RedisBreaker, own: Breaker, clock: Clock, stalled_since: Callable[[float], bool]
    ) -> None:
        self._shared = shared
        self._own = own
        self._clock = clock
        self._stalled_since = stalled_since
        self._redis_cooldown = Cooldown(_REDIS_COOLDOWN, clock)
        # By model: its last known state, and when that was seen; of an open breaker, until when it is open.
        self._seen: dict[str, tuple[BreakerState, float]] = {}

    async def enter(self, model: str, token: str) -> CallRefused | None:
        """Return None if the call may be made; its end is then reported with the same token."""
        return self.note_admitted(model, await self._ask(model, token))

    def admit_step(self, model: str, token: str) -> ScriptStep:
        """Return the step that asks the breaker of all replicas."""
        return self._shared.admit_step(breaker_name(model), token)

    def note_admitted(self, model: str, view: BreakerReply) -> CallRefused | None:
        """Note a breaker's reply; return None if the call may be made."""
        self._note(model, view)
        if view.state is not BreakerState.OPEN:
            return None
        metrics.MODEL_CALLS.labels(model, "breaker open").inc()
        return CallRefused(reason=f"breaker open for {view.wait:.0f} s more")

    async def leave(self, model: str, token: str, ended: CallEnd | None) -> bool:
        """Report the end of a call; None: it was not made. Return whether another call may be made now."""
        found, view = await self.record_own(model, token, ended), None
        if not self._redis_cooldown.is_active():
            try:
                view = await self._shared.record(breaker_name(model), token, found.signal, found.seconds)
            except DependencyAway:
                self.pause_redis()
        return self.note_ended(found, view)

    async def record_own(self, model: str, token: str, ended: CallEnd | None) -> CallEvidence:
        """Record the end of a call in this process's breaker, which takes over when Redis cannot be reached."""
        signal = signal_of(ended, stalled=ended is not None and self._stalled_since(ended.started_at))
        failure = ended.failure if ended else None
        seconds = (failure.retry_after or 0.0) if failure else 0.0
        own = await self._own.record(breaker_name(model), token, signal, seconds)
        return CallEvidence(model, token, signal, seconds, failure.reason if failure else "", own)

    def record_step(self, found: CallEvidence) -> ScriptStep:
        """Return the step that records the end of a call in the breaker of all replicas."""
        return self._shared.record_step(breaker_name(found.model), found.token, found.signal, found.seconds)

    def note_ended(self, found: CallEvidence, view: BreakerReply | None) -> bool:
        """Note a breaker's reply (None: Redis gave none); return whether another call may be made now."""
        view = view or found.own
        if view.state is BreakerState.OPEN or view.changed:
            self._note(found.model, view)
        if view.changed:
            _report(found.model, view, found.signal, found.reason)
        return view.state is not BreakerState.OPEN

    async def observe(self) -> None:
        """Update the metric: a breaker becomes half-open by the passing of time alone."""
        now = self._clock.monotonic()
        for model, (state, until) in self._seen.items():
            shown = BreakerState.HALF_OPEN if state is BreakerState.OPEN and until <= now else state
            metrics.BREAKER_STATE.labels(vendor_of(model), model).set(shown)

    async def _ask(self, model: str, token: str) -> BreakerReply:
        if not self._redis_cooldown.is_active():
            try:
                return await self._shared.admit(breaker_name(model), token)
            except DependencyAway:
                self.pause_redis()
        return await self._own.admit(breaker_name(model), token)

    def pause_redis(self) -> None:
        """Use this process's own breakers for a while."""
        self._redis_cooldown.start()
        log.debug("Redis is away: each replica has breakers of its own")

    def _note(self, model: str, view: BreakerReply) -> None:
        self._seen[model] = (view.state, self._clock.monotonic() + view.wait)


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
