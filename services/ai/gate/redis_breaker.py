"""The circuit breakers of all replicas, in Redis; `breaker.lua` has the rules."""

from pathlib import Path

from services.ai.gate.breaker import BreakerReply, BreakerRules, BreakerState, CallSignal
from services.ai.gate.call_scripts import ScriptStep
from shared.clock import Clock
from shared.domain.model_vendors import breaker_key
from shared.storage.redis import Redis

_SCRIPT = Path(__file__).with_name("breaker.lua").read_text(encoding="utf-8")


class RedisBreaker:
    """Implements `Breaker` for all replicas. clock: None: the time of the Redis server, which all replicas share."""

    def __init__(self, redis: Redis, rules: BreakerRules, clock: Clock | None = None) -> None:
        self._redis = redis
        self._rules = rules
        self._clock = clock

    async def admit(self, name: str, token: str) -> BreakerReply:
        """See the port."""
        return await self._run(self.admit_step(name, token))

    async def record(self, name: str, token: str, what: CallSignal, seconds: float = 0.0) -> BreakerReply:
        """See the port."""
        return await self._run(self.record_step(name, token, what, seconds))

    def admit_step(self, name: str, token: str) -> ScriptStep:
        """Return `admit` as a step of another script, whose reply `read_reply` reads."""
        return self._step(name, "ask", token, 0.0)

    def record_step(self, name: str, token: str, what: CallSignal, seconds: float) -> ScriptStep:
        """Return `record` as a step of another script."""
        given = max(seconds, self._rules.access_cooldown) if what is CallSignal.ACCESS else seconds
        return self._step(name, what.value, token, given)

    async def _run(self, step: ScriptStep) -> BreakerReply:
        return read_reply(*await self._redis.run_script(_SCRIPT, [step.key], step.arguments))

    def _step(self, name: str, what: str, token: str, given: float) -> ScriptStep:
        rules = self._rules
        times = (rules.first_cooldown, rules.max_cooldown, rules.probe_lease, given)
        now = _ms(self._clock.now().timestamp()) if self._clock else 0
        return ScriptStep(
            breaker_key(name),
            (what, token, now, _ms(rules.window), rules.min_calls, round(rules.failure_share * 100), *map(_ms, times)),
        )


def read_reply(state: int, wait: int, changed: int) -> BreakerReply:
    """Return the reply of `breaker.lua`."""
    return BreakerReply(BreakerState(state), wait / 1000, bool(changed))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
