"""Wires the AI service: settings → parts → run."""

from typing import Any

from services.ai.answer_store import Kept
from services.ai.answerer import Options, Thinking
from services.ai.gate.breaker import LocalBreaker, RedisBreaker, Rules
from services.ai.gate.budget import Budget
from services.ai.gate.model_breakers import Breakers
from services.ai.pricing.prices import load
from services.ai.stalls import Stalls
from services.ai.summaries.summariser import Summariser
from services.ai.tools.kit import Kit
from services.ai.vendors.anthropic import AnthropicModel, Model
from services.ai.vendors.by_model import ANTHROPIC, OPENROUTER, Vendors
from services.ai.vendors.openrouter import OpenRouterModel
from services.ai.worker import Orchestrator
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.repositories.erasure_guard import Erasures
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
    kept = Kept(redis, instance=process.instance, claim_for=settings.ai_deadline + 10, keep_for=settings.ai_answer_kept)
    stalls = Stalls(process.clock)
    stalls.start()
    process.closing(stalls.close)
    meter = UsageMeter(mongo, process.clock)
    vendors, breakers, options = _vendors(process), _breakers(process, redis, stalls), _options(settings)
    # A call that nobody settled within twice the time that all of an answer may take was cut off.
    budget = Budget(redis, mongo, process.clock, lapse=2 * settings.ai_deadline + 30)
    thinking = Thinking(
        mongo=mongo,
        model=vendors,
        breakers=breakers,
        budget=budget,
        meter=meter,
        stalls=stalls,
        options=options,
        clock=process.clock,
        kit=Kit(mongo, process.clock),
    )
    summariser = Summariser(
        mongo=mongo,
        model=vendors,
        breakers=breakers,
        budget=budget,
        meter=meter,
        prices=options.prices,
        clock=process.clock,
        erasures=Erasures(mongo, process.clock),
    )
    process.closing(summariser.close)
    workspaces = Workspaces(mongo, process.clock)
    orchestrator = Orchestrator(mongo, workspaces, producer, kept, thinking, summariser, meter, process.clock)
    process.consume(
        "ai",
        {AI_REQUESTS.name: orchestrator.on_request},
        source=AiokafkaSource,
        lane_of=_lane,
        dead_letters=process.dead_letters(producer),
    )


def _vendors(process: Process) -> Vendors:
    settings, vendors = process.settings, dict[str, Model]()
    if key := settings.anthropic_api_key.get_secret_value():
        anthropic = AnthropicModel(key, settings.anthropic_base_url)
        process.closing(anthropic.close)
        vendors[ANTHROPIC] = anthropic
    else:
        log.warning("ANTHROPIC_API_KEY is missing: Anthropic's models are not asked")
    if key := settings.openrouter_api_key.get_secret_value():
        openrouter = OpenRouterModel(key, settings.openrouter_base_url)
        process.closing(openrouter.close)
        vendors[OPENROUTER] = openrouter
    if not vendors:
        log.warning("There is no key for any model: every question for a model gets an apology and a person")
    return Vendors(vendors)


def _breakers(process: Process, redis: Redis, stalls: Stalls) -> Breakers:
    settings = process.settings
    rules = Rules(least=settings.ai_breaker_calls, first=settings.ai_breaker_seconds, lease=settings.ai_deadline + 5)
    breakers = Breakers(RedisBreaker(redis, rules), LocalBreaker(rules, process.clock), process.clock, stalls.since)
    process.ops.before_scrape.append(breakers.observe)
    return breakers


def _options(settings: Settings) -> Options:
    prices = load(settings.ai_prices)
    return Options(deadline=settings.ai_deadline, max_tokens=settings.ai_max_tokens, prices=prices)


def main() -> int:
    """The process; its exit code."""
    return run("ai", wire, secrets_key=False)
