"""A customer whose share of the daily budget is spent gets FAQ answers or a hand-off, no model."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from services.ai.answerer import Answerer, AnswerOptions
from services.ai.gate.breaker import BreakerRules
from services.ai.gate.budget import DailyBudget
from services.ai.gate.local_breaker import LocalBreaker
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.redis_breaker import RedisBreaker
from services.ai.prompt.prompt import Prompt
from services.ai.stalls import StallDetector
from services.ai.tools.kit import ToolKit
from services.ai.vendors.by_model import ANTHROPIC, ModelVendors
from services.ai.vendors.port import ModelAnswer
from shared.clock import FixedClock
from shared.domain.model_prices import Tokens, load_prices
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversation_history import ConversationHistory
from shared.repositories.inbound import StoredInbound
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.services.builders import FAQS, NOW, workspace

HAIKU = "claude-haiku-5-5"
BOT = {"daily_budget_usd": "0.02", "fast_model": HAIKU, "smart_model": HAIKU, "fallback_models": (), "mode": "ai"}
OF = workspace(bot=BOT)
APOLOGY = OF.bot.apology


class Expensive:
    """Implements `Model`: each answer costs USD 0.001."""

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        return ModelAnswer(text="Hello.", model=model, tokens=Tokens(output=2000, input=1))


@dataclass
class Shop:
    """One workspace's AI service."""

    thinking: Answerer
    mongo: Mongo
    asked: int = 0

    async def ask(self, customer: str, text: str = "What else?", *, conversation: str = "") -> AiCall:
        """One request, answered and stored."""
        self.asked += 1
        request = AiRequest(
            id=f"r{self.asked}",
            workspace="acme",
            correlation_id="0" * 32,
            created_at=self.thinking.clock.now(),
            provider=Provider.META,
            channel="main",
            conversation_id=conversation or f"talk-{customer}",
            customer_id=customer,
            address="2348030000001",
            message_ids=("m",),
            turn=self.asked,
        )
        content: dict[str, object] = {"type": "text", "body": text}
        inbound = [StoredInbound(id="m", turn=self.asked, text=text, content=content, received_at=NOW)]
        past = ConversationHistory(
            conversation=None, decisions=[], inbound=inbound, outbound=[], answers=[], customer=None
        )
        gate = self.thinking.gate(OF, request)
        call = await self.thinking.answer(OF, request, past, gate)
        await gate.finish(call)
        await AiCalls(self.mongo, "acme").add(call)
        gate.request_budget.mark_stored()
        return call


@pytest.fixture
def shop(redis: Redis, mongo: Mongo, clock: FixedClock) -> Shop:
    shared, own = RedisBreaker(redis, BreakerRules(), clock), LocalBreaker(BreakerRules(), clock)
    thinking = Answerer(
        mongo=mongo,
        redis=redis,
        vendors=ModelVendors({ANTHROPIC: Expensive()}),
        breakers=ModelBreakers(shared, own, clock, lambda began: False),
        budget=DailyBudget(redis, mongo, clock, lapse=90, trust=0, clock_in_redis=True),
        meter=UsageMeter(mongo, clock),
        stalls=StallDetector(clock),
        options=AnswerOptions(deadline=10, max_tokens=700, prices=load_prices()),
        clock=clock,
        kit=ToolKit(mongo, clock),
    )
    return Shop(thinking, mongo)


def _records(call: AiCall) -> list[dict[str, Any]]:
    return [msgspec.json.decode(output.value) for output in call.outputs]


def _texts(call: AiCall) -> list[str]:
    return [record["body"]["body"] for record in _records(call) if "body" in record]


def _topics(call: AiCall) -> list[str]:
    return [output.topic for output in call.outputs]


async def _spend(shop: Shop, customer: str) -> None:
    for _ in range(2):
        assert (await shop.ask(customer)).outcome == "answered"


async def test_one_customer_cannot_spend_the_whole_budget(shop: Shop) -> None:
    calls = [await shop.ask("ada") for _ in range(35)]
    assert [call.outcome for call in calls] == ["answered"] * 2 + ["over share"] * 33
    assert (await shop.ask("eve")).outcome == "answered"


async def test_apology_is_sent_once_and_each_request_is_handed_off(shop: Shop) -> None:
    await _spend(shop, "ada")
    first, second = await shop.ask("ada"), await shop.ask("ada")
    assert (_texts(first), _texts(second)) == ([APOLOGY], [])
    assert "conversation.commands" in _topics(first)
    assert _topics(second) == ["conversation.commands"]
    assert "the customer's share" in first.error
    elsewhere = await shop.ask("ada", conversation="another channel")
    assert _texts(elsewhere) == [APOLOGY], "the apology is the first one there"


async def test_owner_is_informed_once_a_day_of_a_customer(shop: Shop) -> None:
    await _spend(shop, "ada")
    calls = [await shop.ask("ada") for _ in range(3)]
    events = [record for call in calls for record in _records(call) if record.get("kind") == "budget.spent"]
    assert [event["detail"] for event in events] == [
        f"this customer has spent the share of USD 0.002 of the budget for models on {NOW:%Y-%m-%d}"
    ]
    await _spend(shop, "eve")
    assert "conversation.events" in _topics(await shop.ask("eve")), "another customer is news"


async def test_sure_faq_match_is_answered_over_the_share(shop: Shop) -> None:
    await _spend(shop, "ada")
    call = await shop.ask("ada", "What are your opening hours?")
    assert _texts(call) == [FAQS[0]["answer"]]
    assert "conversation.commands" not in _topics(call), "no agent is needed"
    assert call.outcome == "faq"
    assert _texts(await shop.ask("ada")) == [APOLOGY], "the apology was not sent before"


async def test_exhausted_budget_of_the_day_is_still_answered_with_an_apology(shop: Shop) -> None:
    for number in range(20):
        await shop.ask(f"customer {number}")
    assert (await shop.ask("the last")).outcome == "apology"


async def test_answers_are_counted_by_outcome(shop: Shop) -> None:
    before = {name: _counted(name) for name in ("answered", "apology", "faq", "over share")}
    await _spend(shop, "ada")
    await shop.ask("ada")
    await shop.ask("ada", "What are your opening hours?")
    grown = {name: _counted(name) - count for name, count in before.items()}
    assert grown == {"answered": 2, "apology": 0, "faq": 1, "over share": 1}


def _counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("parley_answers_total", {"outcome": outcome}) or 0.0
