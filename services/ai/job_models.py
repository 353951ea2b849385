"""Calls of models for jobs (replays, flow suggestions): how much of the day's budget they may use, and their costs.

Jobs call models through the breakers and the budget of the workspace, like answers to customers, but leave a part of
the day's budget to customers.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.ai.answerer import count_cost
from services.ai.calls.ask import AskResult
from services.ai.gate.budget import DailyBudget
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.vendors.by_model import ModelVendors
from shared.clock import Clock
from shared.domain.model_prices import PriceTable, Tokens
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Workspace

_LEFT_FOR_CUSTOMERS = 0.25  # part of the day's budget


@dataclass(frozen=True, slots=True, kw_only=True)
class JobModels:
    """The models as jobs call them. Made once per process."""

    mongo: Mongo
    redis: Redis
    vendors: ModelVendors
    breakers: ModelBreakers
    budget: DailyBudget
    meter: UsageMeter
    prices: PriceTable
    clock: Clock

    async def gate(self, workspace: Workspace, name: str, max_tokens: int) -> RequestGate | None:
        """Return the gate of one request; None if the rest of the budget is for customers. Raises DependencyAway.

        name: differs between the attempts of a job, so that the cost of an attempt that was cut off is not overwritten.
        """
        now = self.clock.now()
        day = self.budget.today(workspace, now)
        if await self.meter.ai_exceeded(workspace, now) or await self.budget.left(day) <= _LEFT_FOR_CUSTOMERS:
            return None
        return RequestGate(self.redis, self.breakers, RequestBudget(self.budget, day, name), self.prices, max_tokens)

    async def store_cost(
        self, workspace: Workspace, outcome: AskResult, usd: Decimal, *, id_: str, kind: str, requested_at: datetime
    ) -> None:
        """Store the cost of a request in `ai_calls`, without outputs, and count it once. Raises DependencyAway.

        id_: of the stored document. kind: of the job, stored as the document's outcome.
        """
        now, tokens = self.clock.now(), outcome.answer.tokens if outcome.answer else Tokens()
        call = AiCall(
            id=id_,
            workspace=workspace.workspace,
            conversation_id="",
            correlation_id="",
            turn=0,
            outputs=(),
            requested_at=requested_at,
            started_at=now,
            finished_at=now,
            model=outcome.answer.model if outcome.answer else "",
            outcome=kind,
            attempts=outcome.attempts,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
            error=outcome.error,
            cost_usd=format(usd, "f"),
            prices=self.prices.version,
        )
        if await AiCalls(self.mongo, workspace.workspace).add(call) is call:
            await self.meter.count_ai(workspace, now, usd)
        count_cost(workspace, outcome, usd)
