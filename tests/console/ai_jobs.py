"""The parts of an AI process that run jobs, with a model vendor of the test's own."""

from services.ai.gate.breaker import BreakerRules
from services.ai.gate.budget import DailyBudget
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.job_models import JobModels
from services.ai.vendors.by_model import ANTHROPIC, ModelVendors
from services.ai.vendors.port import LanguageModel
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.model_prices import load_prices
from shared.repositories.usage_meter import UsageMeter
from shared.storage.redis import Redis

PRICES = load_prices()


class Crash(BaseException):
    """The end of a process: nothing is given back."""


def job_models(parts: Parts, redis: Redis, clock: FixedClock, vendor: LanguageModel) -> JobModels:
    """Return models that all come from `vendor`; breakers and budget follow the test's clock."""
    rules = BreakerRules(min_calls=4)
    return JobModels(
        mongo=parts.mongo,
        redis=redis,
        vendors=ModelVendors({ANTHROPIC: vendor}),
        breakers=ModelBreakers(
            RedisBreaker(redis, rules, clock), LocalBreaker(rules, clock), clock, lambda began: False
        ),
        budget=DailyBudget(redis, parts.mongo, clock, lapse=90, trust=0, clock_in_redis=True),
        meter=UsageMeter(parts.mongo, clock),
        prices=PRICES,
        clock=clock,
    )
