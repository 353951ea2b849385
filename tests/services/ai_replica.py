"""One replica of the AI service with real stores, a scripted vendor and a recording producer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from services.ai.answer_store import AnswerStore
from services.ai.answerer import Answerer, AnswerOptions
from services.ai.gate.breaker import BreakerRules
from services.ai.gate.budget import DailyBudget
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.prompt.prompt import Prompt
from services.ai.stalls import StallDetector
from services.ai.summaries.summariser import Summariser
from services.ai.tools.kit import ToolKit
from services.ai.vendors.by_model import ANTHROPIC, ModelVendors
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from services.ai.worker import RequestHandler
from shared.clock import FixedClock
from shared.domain.model_prices import Tokens, load_prices
from shared.kafka.records import NewRecord
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.services.builders import FAQS, NOW

FAST, SMART = "claude-haiku-5-5", "claude-sonnet-5-5"


class Died(BaseException):
    """Raised where the process is to die: nothing handles it."""


@dataclass
class Vendor:
    """Implements `LanguageModel`. fails: by model; hold: set to let calls end. calls: models. All in order."""

    fails: dict[str, ModelFailed] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    hold: asyncio.Event | None = None
    trips: list[str] = field(default_factory=list)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.calls.append(model)
        self.prompts.append(prompt)
        self.trips.append("model")
        number = len(self.calls)
        if self.hold is not None:
            await self.hold.wait()
        if model in self.fails:
            raise self.fails[model]
        return ModelAnswer(text=f"Answer number {number}.", model=model, tokens=Tokens(input=100, output=10))


@dataclass
class Producer:
    """Implements `Producer`. dies: once, before it sends."""

    sent: list[NewRecord] = field(default_factory=list)
    dies: bool = False
    trips: list[str] = field(default_factory=list)

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.trips.append("kafka")
        if self.dies:
            raise Died
        self.sent += records

    @property
    def texts(self) -> list[str]:
        return [msgspec.json.decode(record.value)["body"]["body"] for record in self.sent]

    @property
    def ids(self) -> list[str]:
        return [msgspec.json.decode(record.value)["id"] for record in self.sent]


class AiReplica:
    """The handler of `ai.requests` with all of its parts, and the vendor and the producer that they call."""

    def __init__(
        self, mongo: Mongo, redis: Redis, clock: FixedClock, instance: str = "ai-0", *, lease: int = 1
    ) -> None:
        self.vendor, self.producer = Vendor(), Producer()
        rules, vendors, prices = BreakerRules(min_calls=4), ModelVendors({ANTHROPIC: self.vendor}), load_prices()
        breakers = ModelBreakers(
            RedisBreaker(redis, rules, clock), LocalBreaker(rules, clock), clock, lambda began: False
        )
        self.budget = DailyBudget(redis, mongo, clock, lapse=90, trust=0, clock_in_redis=True)
        meter, stalls = UsageMeter(mongo, clock), StallDetector(clock)
        self.answers = AnswerStore(redis, instance=instance, claim_for=20, keep_for=60, lease=lease)
        answerer = Answerer(
            mongo=mongo,
            redis=redis,
            vendors=vendors,
            breakers=breakers,
            budget=self.budget,
            meter=meter,
            stalls=stalls,
            options=AnswerOptions(deadline=10, max_tokens=700, prices=prices),
            clock=clock,
            kit=ToolKit(mongo, clock),
        )
        summariser = Summariser(
            mongo=mongo,
            redis=redis,
            vendors=vendors,
            breakers=breakers,
            budget=self.budget,
            meter=meter,
            prices=prices,
            clock=clock,
            erasures=ErasureGuard(mongo, clock),
        )
        self.handler = RequestHandler(
            mongo, Workspaces(mongo, clock), self.producer, self.answers, answerer, summariser, meter, clock
        )

    async def handle(self, request_id: str = "r1", turn: int = 1) -> None:
        """Handle a request; each has its own conversation."""
        await self.handler.on_request(ai_request(request_id, turn))


def ai_request(request_id: str, turn: int = 1) -> AiRequest:
    """Return a request for an answer in its own conversation."""
    return AiRequest(
        id=request_id,
        workspace="acme",
        correlation_id="0" * 32,
        created_at=NOW,
        provider=Provider.META,
        channel="main",
        conversation_id=f"c-{request_id}",
        customer_id="ada",
        address="2348030000001",
        message_ids=("m1",),
        turn=turn,
    )


async def store_workspace(mongo: Mongo, **bot: object) -> None:
    """Store a workspace with an FAQ whose models are Anthropic's. bot: further settings."""
    models = {"mode": "ai", "fast_model": FAST, "smart_model": SMART, "fallback_models": []}
    document = {"name": "Acme", "faqs": FAQS, "channels": [], "revision": 1, "bot": {**models, **bot}}
    await mongo.collection("workspaces").insert({"_id": "acme", "workspace": "acme", **document})
