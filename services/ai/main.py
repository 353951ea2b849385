"""Wires the AI service: settings → parts → run."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from services.ai.answer_store import AnswerStore
from services.ai.answerer import Answerer, AnswerOptions
from services.ai.gate.breaker import BreakerRules
from services.ai.gate.budget import DailyBudget
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.job_models import JobModels
from services.ai.replays.job import ReplayRunner
from services.ai.stalls import StallDetector
from services.ai.suggestions.job import SuggestionWriter
from services.ai.summaries.summariser import Summariser
from services.ai.tools.kit import ToolKit
from services.ai.vendors.anthropic import AnthropicModel
from services.ai.vendors.by_model import ANTHROPIC, OPENROUTER, ModelVendors
from services.ai.vendors.openrouter import OpenRouterModel
from services.ai.vendors.port import LanguageModel
from services.ai.worker import RequestHandler
from shared.domain.jobs import JobLane
from shared.domain.model_prices import load_prices
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.operations import vendors_at_hand
from shared.operations.jobs.worker import JobWorker
from shared.periodic import repeat
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run
from shared.settings import Settings
from shared.storage.redis import Redis
from shared.telemetry import logging
from shared.topics import AI_REQUESTS

log = logging.get(__name__)


def _lane(message: Any) -> str:
    return str(message.conversation_id)


async def wire(process: Process) -> None:
    """Make the parts of an AI process."""
    settings = process.settings
    mongo = await process.mongo()
    redis = process.redis()
    producer = await process.producer()
    answers = AnswerStore(
        redis, instance=process.instance, claim_for=settings.ai_deadline + 10, keep_for=settings.ai_answer_kept
    )
    stalls = StallDetector(process.clock)
    stalls.start()
    process.closing(stalls.close)
    meter = UsageMeter(mongo, process.clock)
    vendors, breakers, options = _vendors(process), _breakers(process, redis, stalls), _options(settings)
    # A reservation that is not settled within twice the time of an answer belongs to a call that was cut off.
    budget = DailyBudget(redis, mongo, process.clock, lapse=2 * settings.ai_deadline + 30)
    answerer = Answerer(
        mongo=mongo,
        redis=redis,
        vendors=vendors,
        breakers=breakers,
        budget=budget,
        meter=meter,
        stalls=stalls,
        options=options,
        clock=process.clock,
        kit=ToolKit(mongo, process.clock),
    )
    summariser = Summariser(
        mongo=mongo,
        redis=redis,
        vendors=vendors,
        breakers=breakers,
        budget=budget,
        meter=meter,
        prices=options.prices,
        clock=process.clock,
        erasures=ErasureGuard(mongo, process.clock),
    )
    process.closing(summariser.close)
    workspaces = Workspaces(mongo, process.clock)
    handler = RequestHandler(mongo, workspaces, producer, answers, answerer, summariser, meter, process.clock)
    models = JobModels(
        mongo=mongo,
        redis=redis,
        vendors=vendors,
        breakers=breakers,
        budget=budget,
        meter=meter,
        prices=options.prices,
        clock=process.clock,
    )
    replays = ReplayRunner(models=models, options=options, erasures=ErasureGuard(mongo, process.clock))
    suggestions = SuggestionWriter(models=models)
    for lane, run_job in ((JobLane.REPLAYS, replays.run), (JobLane.SUGGESTIONS, suggestions.run)):
        worker = JobWorker(mongo, workspaces, process.clock, lane, run_job)
        process.part(worker.run_until)
        process.ops.stats[lane.value] = worker.stats
    process.part(_announcing(redis, vendors))
    process.consume(
        "ai",
        {AI_REQUESTS.name: handler.on_request},
        source=AiokafkaSource,
        lane_of=_lane,
        dead_letters=process.dead_letters(producer),
        before_commit=meter.flush,
    )


def _announcing(redis: Redis, vendors: ModelVendors) -> Callable[[asyncio.Event], Awaitable[None]]:
    """Return a part that says which vendors can be asked, until the process stops."""

    async def announce() -> None:
        await vendors_at_hand.announce_vendors(redis, vendors.names)

    return lambda stop: repeat(announce, stop, every=vendors_at_hand.EVERY)


def _vendors(process: Process) -> ModelVendors:
    settings, vendors = process.settings, dict[str, LanguageModel]()
    if key := settings.anthropic_api_key.get_secret_value():
        anthropic = AnthropicModel(key, settings.anthropic_base_url)
        process.closing(anthropic.close)
        vendors[ANTHROPIC] = anthropic
    else:
        log.warning("ANTHROPIC_API_KEY is missing: Anthropic's models are not called")
    if key := settings.openrouter_api_key.get_secret_value():
        openrouter = OpenRouterModel(key, settings.openrouter_base_url)
        process.closing(openrouter.close)
        vendors[OPENROUTER] = openrouter
    if not vendors:
        log.warning("There is no key for any model vendor: all questions for a model get an apology and a hand-off")
    return ModelVendors(vendors)


def _breakers(process: Process, redis: Redis, stalls: StallDetector) -> ModelBreakers:
    settings = process.settings
    rules = BreakerRules(
        min_calls=settings.ai_breaker_calls,
        first_cooldown=settings.ai_breaker_seconds,
        probe_lease=settings.ai_deadline + 5,
    )
    breakers = ModelBreakers(
        RedisBreaker(redis, rules), LocalBreaker(rules, process.clock), process.clock, stalls.stalled_since
    )
    process.ops.before_scrape.append(breakers.observe)
    return breakers


def _options(settings: Settings) -> AnswerOptions:
    prices = load_prices(settings.ai_prices)
    return AnswerOptions(deadline=settings.ai_deadline, max_tokens=settings.ai_max_tokens, prices=prices)


def main() -> int:
    """Run the process; return its exit code."""
    return run("ai", wire, secrets_key=False)
