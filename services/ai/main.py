"""Wires the AI service: settings → parts → run."""

from typing import Any

from services.ai.kept import Kept
from services.ai.models import AnthropicModel
from services.ai.prices import load
from services.ai.stalls import Stalls
from services.ai.worker import Options, Orchestrator
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.process import Process, run
from shared.repositories.workspaces import Workspaces
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
    if not settings.anthropic_api_key.get_secret_value():
        log.warning("ANTHROPIC_API_KEY is missing: every question for a model gets an apology and a person")
    model = AnthropicModel(settings.anthropic_api_key.get_secret_value(), settings.anthropic_base_url)
    process.closing(model.close)
    kept = Kept(redis, instance=process.instance, claim_for=settings.ai_deadline + 10, keep_for=settings.ai_answer_kept)
    options = Options(deadline=settings.ai_deadline, max_tokens=settings.ai_max_tokens, prices=load(settings.ai_prices))
    stalls = Stalls(process.clock)
    stalls.start()
    process.closing(stalls.close)
    orchestrator = Orchestrator(
        mongo, Workspaces(mongo, process.clock), producer, kept, model, options, stalls, process.clock
    )
    process.consume(
        "ai",
        {AI_REQUESTS.name: orchestrator.on_request},
        source=AiokafkaSource,
        lane_of=_lane,
        dead_letters=process.dead_letters(producer),
    )


def main() -> int:
    """The process; its exit code."""
    return run("ai", wire)
