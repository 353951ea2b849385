"""Writes the flows that members described in words: a model's text, checked, corrected once by the model if need be.

Models are asked through the breakers and the budget of the workspace; a part of the day's budget stays for customers.
The result is a file of the job. Costs are in `ai_calls`, without outputs. A process that takes over begins anew.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from services.ai.answerer import count_cost
from services.ai.calls.ask import AskResult, ask_models
from services.ai.gate.budget import DailyBudget
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.prompt.prompt import Prompt
from services.ai.suggestions.prompt import repair_prompt, suggestion_prompt
from services.ai.vendors.by_model import ModelVendors
from services.ai.vendors.port import ModelAnswer
from shared.clock import Clock
from shared.domain import ids
from shared.domain.model_prices import PriceTable, Tokens
from shared.operations.flows.suggestions import (
    SUGGESTION,
    WISH,
    CheckedSuggestion,
    FlowSuggestion,
    FlowWish,
    SuggestionFailure,
    checked_suggestion,
)
from shared.operations.jobs.claimed import ClaimedJob, JobFailed
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.flows import Flows
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Workspace

_FOR_CUSTOMERS = 0.25  # of the day's budget, which suggestions leave
_SECONDS = 120.0  # for one text
_TOKENS = 8000  # of one text
_MOST_ATTEMPTS = 3  # each may be paid
OUTCOME = "flow suggestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionParts:
    """Made once per process. prices: of models."""

    mongo: Mongo
    redis: Redis
    vendors: ModelVendors
    breakers: ModelBreakers
    budget: DailyBudget
    meter: UsageMeter
    prices: PriceTable
    clock: Clock

    async def run(self, workspace: Workspace, claimed: ClaimedJob) -> None:
        """Make a suggestion. Raises JobFailed, LeaseLost, DependencyAway."""
        job = claimed.job
        if job.failures > _MOST_ATTEMPTS:
            raise JobFailed(SuggestionFailure.MODEL.value)
        data = b"".join([part async for part in claimed.files.read(job.id, WISH)])
        if not data:
            raise JobFailed(SuggestionFailure.FORGOTTEN.value)
        wish = msgspec.json.decode(data, type=FlowWish)
        found = await _Writing(parts=self, workspace=workspace, claimed=claimed, wish=wish).run()
        await claimed.put(SUGGESTION, 0, msgspec.json.encode(found))
        if not await claimed.files.has(job.id, WISH):  # an erasure meanwhile: the text may name the customer
            await claimed.files.remove(job.id)
            raise JobFailed(SuggestionFailure.FORGOTTEN.value)
        await claimed.finish(result=SUGGESTION, counts={"problems": len(found.problems)})


@dataclass(slots=True, kw_only=True)
class _Writing:
    """A suggestion that this process works on. usd: what its calls cost so far."""

    parts: SuggestionParts
    workspace: Workspace
    claimed: ClaimedJob
    wish: FlowWish
    usd: Decimal = field(default=Decimal(0))

    async def run(self) -> FlowSuggestion:
        """Return the checked text. Raises JobFailed, DependencyAway."""
        prompt = suggestion_prompt(self.workspace, self.wish)
        published = await self._published()
        answer = await self._write(prompt, 1)
        found = await asyncio.to_thread(checked_suggestion, self.wish, answer.text, published)
        if found.problems and (better := await self._corrected(prompt, found)) is not None:
            again = await asyncio.to_thread(checked_suggestion, self.wish, better.text, published)
            found = again if len(again.problems) <= len(found.problems) else found
        return FlowSuggestion(
            source=found.source,
            problems=found.problems,
            meaning=found.meaning,
            model=answer.model,
            usd=format(self.usd, "f"),
        )

    async def _corrected(self, prompt: Prompt, found: CheckedSuggestion) -> ModelAnswer | None:
        """Return the model's second text; None if it gives none: the first one is shown with its problems then."""
        try:
            return await self._write(repair_prompt(prompt, found.source, found.problems), 2)
        except JobFailed:
            return None

    async def _published(self) -> dict[str, str]:
        flows = Flows(self.parts.mongo, self.workspace.workspace)
        found = {one.name: await flows.get(one.name, one.version) for one in self.workspace.flows}
        return {name: source for name, source in found.items() if source is not None}

    async def _write(self, prompt: Prompt, number: int) -> ModelAnswer:
        """Ask the smart model once. Raises JobFailed, DependencyAway."""
        parts, workspace, now = self.parts, self.workspace, self.parts.clock.now()
        day = parts.budget.today(workspace, now)
        if await parts.meter.ai_exceeded(workspace, now) or await parts.budget.left(day) <= _FOR_CUSTOMERS:
            raise JobFailed(SuggestionFailure.BUDGET.value)
        # Each attempt has ids of its own: what an attempt that was cut off has cost is not overwritten.
        name = f"{self.claimed.job.id}:{self.claimed.job.attempt}:{number}"
        budget = RequestBudget(parts.budget, day, name)
        gate = RequestGate(parts.redis, parts.breakers, budget, parts.prices, _TOKENS)
        models = parts.vendors.usable((workspace.bot.smart_model,))
        try:
            outcome = await ask_models(
                parts.vendors, prompt, models=models, max_tokens=_TOKENS, deadline=_SECONDS, gate=gate
            )
            await gate.flush()
            usd = parts.prices.cost(outcome.spent) + gate.unknown_usd
            await self._count(name, outcome, usd)
            budget.mark_stored()
        finally:
            budget.discard()
        if outcome.answer is None:
            spent = outcome.day_budget_spent
            raise JobFailed((SuggestionFailure.BUDGET if spent else SuggestionFailure.MODEL).value)
        return outcome.answer

    async def _count(self, name: str, outcome: AskResult, usd: Decimal) -> None:
        """Record what the calls of one text cost."""
        if not outcome.attempts:
            return
        parts, workspace, now = self.parts, self.workspace, self.parts.clock.now()
        tokens = outcome.answer.tokens if outcome.answer else Tokens()
        call = AiCall(
            id=ids.derived_id("suggestion-call", name),
            workspace=workspace.workspace,
            conversation_id="",
            correlation_id="",
            turn=0,
            outputs=(),
            requested_at=self.claimed.job.at,
            started_at=now,
            finished_at=now,
            model=outcome.answer.model if outcome.answer else "",
            outcome=OUTCOME,
            attempts=outcome.attempts,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
            error=outcome.error,
            cost_usd=format(usd, "f"),
            prices=parts.prices.version,
        )
        if await AiCalls(parts.mongo, workspace.workspace).add(call) is call:
            await parts.meter.count_ai(workspace, now, usd)
        count_cost(workspace, outcome, usd)
        self.usd += usd
