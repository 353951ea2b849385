"""Answers recorded messages with another prompt or model, or decides with another flow. Sends and stores nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from devtools.replay.recorded import Exchange, Message
from services.ai.calls.ask import ask_models
from services.ai.checks.rules_cache import RulesCache
from services.ai.prompt import build
from services.ai.vendors.port import LanguageModel
from shared.decisions import pipeline
from shared.decisions.context import DecisionContext
from shared.domain.conversation import Conversation
from shared.domain.model_prices import PriceTable
from shared.messages.outbound import OutboundMessage, Presence, body_text
from shared.workspace.config import Workspace

_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedTurn:
    """Side by side. then, now: what was said, and what would be; by: by whom. Seconds and dollars of the answers."""

    question: str
    then: str
    now: str
    then_by: str
    now_by: str
    then_seconds: float = 0.0
    now_seconds: float = 0.0
    then_usd: Decimal = Decimal(0)
    now_usd: Decimal = Decimal(0)

    @property
    def changed(self) -> bool:
        """True if the words differ."""
        return self.then.split() != self.now.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """With what a model is asked again. workspace: with the prompt that is tried out. models: in this order."""

    model: LanguageModel
    models: tuple[str, ...]
    workspace: Workspace
    prices: PriceTable
    max_tokens: int
    deadline: float


async def answers(exchanges: Sequence[Exchange], asking: Asking) -> list[ReplayedTurn]:
    """Return a new answer to each exchange; a few are computed at the same time."""
    gate, rules = asyncio.Semaphore(_AT_ONCE), RulesCache(build.INSTRUCTIONS).of(asking.workspace)

    async def one(exchange: Exchange) -> ReplayedTurn:
        prompt = build.build_prompt(
            asking.workspace,
            exchange.inbound,
            exchange.outbound,
            customer=exchange.customer,
            rules=rules,
            now=exchange.call.started_at,
        )
        async with gate:
            loop = asyncio.get_running_loop()
            began = loop.time()
            outcome = await ask_models(
                asking.model,
                prompt,
                models=asking.models,
                max_tokens=asking.max_tokens,
                deadline=asking.deadline,
            )
            seconds = loop.time() - began
        return ReplayedTurn(
            question=exchange.question,
            then=exchange.answer,
            now=outcome.answer.text if outcome.answer else asking.workspace.bot.apology,
            then_by=f"{exchange.call.outcome}: {exchange.call.model}",
            now_by=f"answered: {outcome.answer.model}" if outcome.answer else f"apology: {outcome.error}",
            then_seconds=exchange.seconds,
            now_seconds=seconds,
            then_usd=Decimal(exchange.call.cost_usd),
            now_usd=asking.prices.cost(outcome.spent),
        )

    return list(await asyncio.gather(*(one(exchange) for exchange in exchanges)))


def decisions(messages: Sequence[Message], context: DecisionContext) -> list[ReplayedTurn]:
    """Return the router's decision on each message, conversation by conversation, each from its beginning.

    Actions of agents, timers and models in between are not repeated; a model's answer appears as the request for it.
    """
    rows = []
    for _, of_one in groupby(messages, key=lambda it: it.message.conversation_id):
        state: Conversation | None = None
        for recorded in of_one:
            message = recorded.message
            decision = pipeline.decide_message(context, state, message, message.created_at)
            state = decision.conversation
            said = [
                body_text(output.body)
                for _, output in decision.outputs
                if isinstance(output, OutboundMessage) and not isinstance(output.body, Presence)
            ]
            rows.append(
                ReplayedTurn(
                    question=recorded.words,
                    then=recorded.decision,
                    now=f"{decision.kind}: {decision.note}" if decision.note else decision.kind.value,
                    then_by="the router",
                    now_by="\n".join(said),
                )
            )
    return rows
