"""The gate that admits a request's calls: breakers, then budget; both get the result of each call."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from services.ai.calls.ask import AskResult, ask_models
from services.ai.gate.breaker import BreakerRules
from services.ai.gate.budget import DailyBudget
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.pricing.estimate import max_input_tokens
from services.ai.pricing.unpriced import UnpricedModels
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.vendors.failures import ModelFailed, failure_of_status
from services.ai.vendors.port import ModelAnswer
from shared.clock import FixedClock
from shared.domain.model_prices import Tokens, load_prices
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from tests.services.builders import workspace

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
PROMPT = Prompt(("Be brief.",), (PromptTurn("user", "hello"),))
TOOK = Tokens(input=100, output=100)
PRICES = load_prices()


@dataclass
class Vendor:
    """Implements `Model`: fails as it is told to, by model."""

    fails: dict[str, ModelFailed] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.asked.append(model)
        if failure := self.fails.get(model):
            raise failure
        return ModelAnswer(text="Hello.", model=model, tokens=TOOK)


class Desk:
    """All that requests share in one process."""

    def __init__(self, redis: Redis, mongo: Mongo, clock: FixedClock) -> None:
        self.redis = redis
        rules = BreakerRules(min_calls=4)
        shared = RedisBreaker(redis, rules, clock)
        self.breakers = ModelBreakers(shared, LocalBreaker(rules, clock), clock, lambda began: False)
        self.budget = DailyBudget(redis, mongo, clock, lapse=90, trust=0, clock_in_redis=True)
        self.clock = clock

    async def ask(self, vendor: Vendor, request: str, *, usd: str = "5") -> AskResult:
        day = self.budget.today(workspace(bot={"daily_budget_usd": usd}), self.clock.now())
        gate = RequestGate(self.redis, self.breakers, RequestBudget(self.budget, day, request), PRICES, 700)
        result = await ask_models(vendor, PROMPT, models=(HAIKU, SONNET), max_tokens=700, deadline=30, gate=gate)
        await gate.flush()
        return result

    async def spent(self, *, usd: str = "5") -> Decimal:
        day = self.budget.today(workspace(bot={"daily_budget_usd": usd}), self.clock.now())
        return round(Decimal(usd) * (1 - Decimal(await self.budget.left(day))), 6)


@pytest.fixture
def desk(redis: Redis, mongo: Mongo, clock: FixedClock) -> Desk:
    return Desk(redis, mongo, clock)


async def test_call_costs_its_usage(desk: Desk) -> None:
    await desk.ask(Vendor(), "r1")
    assert await desk.spent() == PRICES.cost([(HAIKU, TOOK)])


async def test_failed_call_costs_its_usage(desk: Desk) -> None:
    refused = ModelFailed("refusal", retryable=False, tokens=Tokens(input=1000))
    await desk.ask(Vendor({HAIKU: refused}), "r1")
    assert await desk.spent() == PRICES.cost([(HAIKU, Tokens(input=1000)), (SONNET, TOOK)])


async def test_broken_off_call_costs_its_upper_bound(desk: Desk) -> None:
    cut = ModelFailed("unreadable", retryable=False, unknown=True)
    await desk.ask(Vendor({HAIKU: cut}), "r1")
    most = PRICES.upper_bound(HAIKU, max_input_tokens(PROMPT), 700)
    assert await desk.spent() == round(most, 6) + PRICES.cost([(SONNET, TOOK)])


async def test_rejected_call_costs_nothing(desk: Desk) -> None:
    await desk.ask(Vendor({HAIKU: failure_of_status(400), SONNET: failure_of_status(400)}), "r1")
    assert await desk.spent() == 0


async def test_cheaper_model_answers_when_the_budget_is_too_small(desk: Desk) -> None:
    vendor = Vendor({HAIKU: failure_of_status(400)})
    outcome = await desk.ask(vendor, "r1", usd="0.001")
    assert (vendor.asked, outcome.day_budget_spent) == ([HAIKU], True)
    assert outcome.error == f"{SONNET}: the day's budget does not cover the call"
    assert (await desk.ask(Vendor(), "r2", usd="0.001")).answer is not None


async def test_concurrent_requests_never_exceed_the_budget(desk: Desk) -> None:
    outcomes = await asyncio.gather(*(desk.ask(Vendor(), f"r{number}", usd="0.002") for number in range(200)))
    answered = sum(outcome.answer is not None for outcome in outcomes)
    assert 4 <= answered < 200
    assert 0 < await desk.spent(usd="0.002") <= Decimal("0.002")
    assert all(outcome.day_budget_spent for outcome in outcomes if outcome.answer is None)


async def test_breakers_of_failing_models_open_and_stop_calls(desk: Desk, clock: FixedClock) -> None:
    down = Vendor({HAIKU: failure_of_status(503, retry_after=60), SONNET: failure_of_status(503, retry_after=60)})
    for number in range(4):
        await desk.ask(down, f"r{number}")
    assert len(down.asked) == 8
    async with asyncio.timeout(30):  # not a wait for any of the 60 s
        outcome = await desk.ask(down, "late")
    assert (outcome.attempts, len(down.asked)) == (0, 8)
    assert outcome.error == f"{SONNET}: breaker open for 60 s more"
    assert not outcome.timed_out
    assert await desk.spent() == 0
    clock.advance(61)
    back = Vendor()
    assert (await desk.ask(back, "probe")).answer is not None
    assert back.asked == [HAIKU]


async def test_probe_without_budget_is_left_to_another_request(desk: Desk, clock: FixedClock) -> None:
    down = Vendor({HAIKU: failure_of_status(503, retry_after=60), SONNET: failure_of_status(503, retry_after=60)})
    for number in range(4):
        await desk.ask(down, f"r{number}")
    clock.advance(61)
    assert (await desk.ask(Vendor(), "poor", usd="0")).day_budget_spent
    assert (await desk.ask(Vendor(), "rich")).answer is not None


async def test_gate_works_without_redis(nowhere: Redis, mongo: Mongo, clock: FixedClock) -> None:
    desk = Desk(nowhere, mongo, clock)
    assert (await desk.ask(Vendor(), "r0")).answer is not None
    down = Vendor({HAIKU: failure_of_status(503, retry_after=60), SONNET: failure_of_status(503, retry_after=60)})
    for number in range(1, 5):
        await desk.ask(down, f"r{number}")
    asked = len(down.asked)
    assert (await desk.ask(down, "late")).attempts == 0
    assert len(down.asked) == asked


TEXTS = {
    "English": ("We sell drink coasters of oak and of slate in Lagos.", 13),
    "Hindi": ("हम लागोस में कोस्टर बेचते हैं", 30),
    "emoji": ("😀😀😀😀", 8),
    "digits": ("12345678901234567890", 10),
}


@pytest.mark.parametrize(("text", "tokens"), TEXTS.values(), ids=TEXTS)
def test_estimated_prompt_tokens_are_an_upper_bound(text: str, tokens: int) -> None:
    """tokens: a generous guess of what a vendor counts."""
    assert max_input_tokens(Prompt((text,), ())) >= tokens


async def test_model_without_price_is_reported_when_called(desk: Desk) -> None:
    counter = metrics.MODEL_UNPRICED.labels("claude-hiaku-5-5")
    before, day = counter._value.get(), desk.budget.today(workspace(), desk.clock.now())
    doors = RequestGate(desk.redis, desk.breakers, RequestBudget(desk.budget, day, "r1"), PRICES, 700, UnpricedModels())
    outcome = await ask_models(
        Vendor(), PROMPT, models=("claude-hiaku-5-5", HAIKU), max_tokens=700, deadline=30, gate=doors
    )
    assert outcome.answer is not None
    assert counter._value.get() - before == 1
