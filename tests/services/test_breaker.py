"""Circuit breakers of models: opening, cooldown and probes, with the same rules in Redis and in one process."""

import asyncio
from collections.abc import Callable

import pytest

from services.ai.calls.schedule import TIME_OUT
from services.ai.gate.breaker import Breaker, BreakerReply, BreakerRules, BreakerState, CallSignal
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers, signal_of
from services.ai.gate.port import CallEnd
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.vendors.failures import ModelFailed, failure_of_status
from shared.clock import FixedClock
from shared.domain.model_prices import Tokens
from shared.storage.redis import Redis
from shared.telemetry import metrics

RULES = BreakerRules(
    window=60,
    min_calls=4,
    failure_share=0.5,
    first_cooldown=20,
    max_cooldown=50,
    probe_lease=30,
    access_cooldown=300,
)
NAME = "anthropic:fast"
GOOD, BAD, ACCESS, ALIVE, NOTHING = CallSignal
CLOSED, HALF, OPEN = BreakerReply(BreakerState.CLOSED), BreakerReply(BreakerState.HALF_OPEN), BreakerState.OPEN


@pytest.fixture(params=["redis", "local"])
def breaker(request: pytest.FixtureRequest, clock: FixedClock) -> Breaker:
    """Return a breaker of each implementation."""
    if request.param == "local":
        return LocalBreaker(RULES, clock)
    redis: Redis = request.getfixturevalue("redis")
    return RedisBreaker(redis, RULES, clock)


async def _calls(breaker: Breaker, *calls: CallSignal, name: str = NAME) -> BreakerReply:
    view = CLOSED
    for call in calls:
        view = await breaker.record(name, "t", call)
    return view


async def _left(breaker: Breaker) -> int:
    """Return the seconds for which it is still open; 0: closed."""
    view = await breaker.admit(NAME, "late")
    return round(view.wait) if view.state is OPEN else 0


OPENS: dict[str, tuple[tuple[CallSignal, ...], bool]] = {
    "most calls fail": ((BAD,) * 4, True),
    "half of the calls fail": ((GOOD, GOOD, BAD, BAD), True),
    "fewer than half fail": ((GOOD, GOOD, GOOD, BAD, BAD), False),
    "too few calls to know": ((BAD,) * 3, False),
    "rejected requests": ((ALIVE,) * 9 + (BAD,) * 3, False),
    "calls without evidence": ((NOTHING,) * 9, False),
    "the last call was good": ((BAD, BAD, BAD, GOOD), False),
    "the key is refused": ((GOOD,) * 9 + (ACCESS,), True),
}


@pytest.mark.parametrize(("calls", "opens"), OPENS.values(), ids=OPENS)
async def test_breaker_opens_when_most_recent_calls_fail(
    breaker: Breaker, calls: tuple[CallSignal, ...], opens: bool
) -> None:
    await _calls(breaker, *calls)
    assert (await _left(breaker) > 0) == opens


async def test_failures_outside_the_window_do_not_count(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, BAD, BAD, BAD)
    clock.advance(71)
    await _calls(breaker, BAD)
    assert not await _left(breaker)
    await _calls(breaker, BAD, BAD, BAD)
    assert await _left(breaker)


async def test_breakers_of_models_are_independent(breaker: Breaker) -> None:
    await _calls(breaker, *(BAD,) * 4)
    assert await breaker.admit("anthropic:smart", "t") == CLOSED


async def test_exactly_one_probe_after_the_cooldown(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    clock.advance(21)
    views = await asyncio.gather(*(breaker.admit(NAME, f"t{number}") for number in range(50)))
    assert sum(view.state is BreakerState.HALF_OPEN for view in views) == 1
    assert {view.state for view in views} == {BreakerState.HALF_OPEN, OPEN}


async def test_successful_probe_closes_the_breaker(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    clock.advance(21)
    assert await breaker.admit(NAME, "probe") == HALF
    assert await breaker.record(NAME, "other", GOOD) == BreakerReply(OPEN), (
        "it is the result of a call begun before it opened"
    )
    assert await breaker.record(NAME, "probe", GOOD) == BreakerReply(BreakerState.CLOSED, changed=True)
    assert await breaker.admit(NAME, "t") == CLOSED
    await _calls(breaker, BAD, BAD, BAD)
    assert not await _left(breaker), "earlier calls do not count"


async def test_failed_probes_double_the_cooldown_up_to_a_bound(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    times = [await _left(breaker)]
    for number in range(3):
        clock.advance(times[-1] + 1)
        assert await breaker.admit(NAME, f"probe{number}") == HALF
        await breaker.record(NAME, f"probe{number}", BAD)
        times.append(await _left(breaker))
    assert times == [20, 40, 50, 50]


async def test_unreported_probe_ends_with_its_lease(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    clock.advance(21)
    assert await breaker.admit(NAME, "dead") == HALF
    clock.advance(29)
    assert (await breaker.admit(NAME, "next")).state is OPEN
    clock.advance(2)
    assert await breaker.admit(NAME, "next") == HALF


async def test_cancelled_probe_is_available_to_another_call(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    clock.advance(21)
    assert await breaker.admit(NAME, "poor") == HALF
    await breaker.record(NAME, "poor", NOTHING)
    assert await breaker.admit(NAME, "next") == HALF


async def test_rejected_request_as_probe_closes_the_breaker(breaker: Breaker, clock: FixedClock) -> None:
    await _calls(breaker, *(BAD,) * 4)
    clock.advance(21)
    await breaker.admit(NAME, "probe")
    await breaker.record(NAME, "probe", ALIVE)
    assert await breaker.admit(NAME, "t") == CLOSED


async def test_retry_after_extends_the_cooldown(breaker: Breaker) -> None:
    await _calls(breaker, BAD, BAD, BAD)
    assert await breaker.record(NAME, "t", BAD, 90.0) == BreakerReply(OPEN, 90.0, changed=True)
    assert await _left(breaker) == 90


async def test_refused_access_opens_for_long(breaker: Breaker) -> None:
    await _calls(breaker, ACCESS)
    assert await _left(breaker) == 300
    await breaker.record(NAME, "t", ACCESS, 3600.0)
    assert await _left(breaker) == 3600
    await _calls(breaker, ACCESS, GOOD)
    assert await _left(breaker) == 3600


async def test_redis_breaker_uses_the_servers_time(redis: Redis) -> None:
    breaker = RedisBreaker(redis, BreakerRules(min_calls=1, first_cooldown=0.05, max_cooldown=1))
    await _calls(breaker, BAD)
    async with asyncio.timeout(30):
        while (await breaker.admit(NAME, "probe")).state is not BreakerState.HALF_OPEN:  # noqa: ASYNC110  (Redis has no event)
            await asyncio.sleep(0.02)
    assert (await breaker.admit(NAME, "other")).state is OPEN


SAYS: dict[str, tuple[ModelFailed | None, CallSignal]] = {
    "an answer": (None, GOOD),
    "an error of the server": (failure_of_status(500), BAD),
    "overloaded": (failure_of_status(529), BAD),
    "too many requests": (failure_of_status(429, "rate limit"), BAD),
    "a spend limit": (failure_of_status(429, "You have reached your specified API usage limits."), ACCESS),
    "a proxy's budget with HTTP 400": (failure_of_status(400, "budget_exceeded Budget has been exceeded!"), ACCESS),
    "a quota of OpenAI's shape": (failure_of_status(429, "insufficient_quota You exceeded your current quota"), ACCESS),
    "a key's limit with HTTP 200": (failure_of_status(200, "Key limit exceeded (total limit)"), ACCESS),
    "a limit of a minute": (failure_of_status(429, "would exceed your organization's rate limit of 50 requests"), BAD),
    "a quota of a minute": (failure_of_status(429, "Quota exceeded for quota metric 'requests per minute'"), BAD),
    "no credit with HTTP 400": (failure_of_status(400, "Your credit balance is too low"), ACCESS),
    "a wrong key": (failure_of_status(401), ACCESS),
    "no credit": (failure_of_status(402), ACCESS),
    "a key without permission": (failure_of_status(403), ACCESS),
    "a bad request": (failure_of_status(400, "messages: at least one is required"), ALIVE),
    "too large": (failure_of_status(413), ALIVE),
    "cannot be processed": (failure_of_status(422), ALIVE),
    "no such model": (failure_of_status(404), BAD),
    "a time-out": (ModelFailed(TIME_OUT, retryable=True), BAD),
}


@pytest.mark.parametrize(("failure", "what"), SAYS.values(), ids=SAYS)
def test_kind_of_failure_decides_the_signal(failure: ModelFailed | None, what: CallSignal) -> None:
    assert signal_of(CallEnd(started_at=0, seconds_allowed=10, failure=failure)) is what


def test_short_or_stalled_time_out_is_no_evidence() -> None:
    late = ModelFailed(TIME_OUT, retryable=True)
    assert signal_of(CallEnd(started_at=0, seconds_allowed=0.6, failure=late)) is NOTHING, "its time-out was very short"
    assert signal_of(CallEnd(started_at=0, seconds_allowed=10, failure=late), stalled=True) is NOTHING
    assert signal_of(None) is NOTHING


class _Redis:
    """A Redis client that can be made unavailable."""

    def __init__(self, real: Redis, nowhere: Redis) -> None:
        self.real, self.nowhere = real, nowhere
        self.away = False

    async def run_script(self, *arguments: object) -> list[object]:
        redis = self.nowhere if self.away else self.real
        return await redis.run_script(*arguments)  # type: ignore[arg-type]  # passes on whatever it gets


async def _failing(breakers: ModelBreakers, times: int) -> None:
    for number in range(times):
        assert await breakers.enter("fast", f"t{number}") is None
        await breakers.leave(
            "fast", f"t{number}", CallEnd(started_at=0, seconds_allowed=9, failure=failure_of_status(503))
        )


def _state() -> float:
    return float(metrics.BREAKER_STATE.labels("anthropic", "fast")._value.get())


@pytest.fixture
def make(clock: FixedClock) -> Callable[[object], ModelBreakers]:
    """Return a function that makes the breakers of one replica."""

    def made(redis: object) -> ModelBreakers:
        shared = RedisBreaker(redis, RULES, clock)  # type: ignore[arg-type]  # or a wrapper of one
        return ModelBreakers(shared, LocalBreaker(RULES, clock), clock, lambda began: False)

    return made


async def test_breaker_is_shared_by_replicas(
    redis: Redis, clock: FixedClock, make: Callable[[object], ModelBreakers]
) -> None:
    one, other = make(redis), make(redis)
    await _failing(one, 4)
    shut = await other.enter("fast", "t")
    assert shut is not None
    assert (shut.reason, shut.day_budget) == ("breaker open for 20 s more", False)
    await other.observe()
    assert _state() == 2
    clock.advance(21)
    await other.observe()
    assert _state() == 1
    assert await other.enter("fast", "probe") is None
    assert await one.enter("fast", "t") is not None
    await other.leave("fast", "probe", CallEnd(started_at=0, seconds_allowed=9, tokens=Tokens()))
    await other.observe()
    assert _state() == 0


async def test_local_breaker_is_used_without_redis(
    redis: Redis, nowhere: Redis, clock: FixedClock, make: Callable[[object], ModelBreakers]
) -> None:
    between = _Redis(redis, nowhere)
    one, other = make(between), make(between)
    await _failing(one, 3)
    between.away = True
    await _failing(one, 1)
    assert await one.enter("fast", "t") is not None
    assert await other.enter("fast", "t") is None
    clock.advance(21)
    assert await one.enter("fast", "probe") is None
    assert await one.enter("fast", "t") is not None
    await one.leave("fast", "probe", CallEnd(started_at=0, seconds_allowed=9))
    between.away = False
    clock.advance(3)
    assert await one.enter("fast", "t") is None
