"""Writes the flows that members described in words: a model's text, checked, corrected once by the model if need be.

Models are called as `job_models` says. The result is a file of the job. A process that takes over begins anew.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from services.ai.calls.ask import AskResult, ask_models
from services.ai.job_models import JobModels
from services.ai.prompt.prompt import Prompt
from services.ai.suggestions.prompt import repair_prompt, suggestion_prompt
from services.ai.vendors.port import ModelAnswer
from shared.domain import ids
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
from shared.repositories.flows import Flows
from shared.workspace.config import Workspace

_SECONDS = 120.0  # for one text
_TOKENS = 8000  # of one text
_MOST_ATTEMPTS = 3  # each may be paid
OUTCOME = "flow suggestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionWriter:
    """Runs the jobs of flow suggestions. Made once per process."""

    models: JobModels

    async def run(self, workspace: Workspace, claimed: ClaimedJob) -> None:
        """Make a suggestion. Raises JobFailed, LeaseLost, DependencyAway."""
        job = claimed.job
        if job.failures > _MOST_ATTEMPTS:
            raise JobFailed(SuggestionFailure.MODEL.value)
        data = b"".join([part async for part in claimed.files.read(job.id, WISH)])
        if not data:
            raise JobFailed(SuggestionFailure.FORGOTTEN.value)
        wish = msgspec.json.decode(data, type=FlowWish)
        found = await _Writing(models=self.models, workspace=workspace, claimed=claimed, wish=wish).run()
        await claimed.put(SUGGESTION, 0, msgspec.json.encode(found))
        if not await claimed.files.has(job.id, WISH):  # an erasure meanwhile: the text may name the customer
            await claimed.files.remove(job.id)
            raise JobFailed(SuggestionFailure.FORGOTTEN.value)
        await claimed.finish(result=SUGGESTION, counts={"problems": len(found.problems)})


@dataclass(slots=True, kw_only=True)
class _Writing:
    """A suggestion that this process works on. usd: what its calls cost so far."""

    models: JobModels
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
        flows = Flows(self.models.mongo, self.workspace.workspace)
        found = {one.name: await flows.get(one.name, one.version) for one in self.workspace.flows}
        return {name: source for name, source in found.items() if source is not None}

    async def _write(self, prompt: Prompt, number: int) -> ModelAnswer:
        """Ask the smart model once. Raises JobFailed, DependencyAway."""
        vendors, name = self.models.vendors, f"{self.claimed.job.id}:{self.claimed.job.attempt}:{number}"
        gate = await self.models.gate(self.workspace, name, _TOKENS)
        if gate is None:
            raise JobFailed(SuggestionFailure.BUDGET.value)
        usable = vendors.usable((self.workspace.bot.smart_model,))
        try:
            outcome = await ask_models(vendors, prompt, models=usable, max_tokens=_TOKENS, deadline=_SECONDS, gate=gate)
            await gate.flush()
            await self._store_cost(name, outcome, self.models.prices.cost(outcome.spent) + gate.unknown_usd)
            gate.request_budget.mark_stored()
        finally:
            gate.request_budget.discard()
        if outcome.answer is None:
            spent = outcome.day_budget_spent
            raise JobFailed((SuggestionFailure.BUDGET if spent else SuggestionFailure.MODEL).value)
        return outcome.answer

    async def _store_cost(self, name: str, outcome: AskResult, usd: Decimal) -> None:
        if not outcome.attempts:
            return
        await self.models.store_cost(
            self.workspace,
            outcome,
            usd,
            id_=ids.derived_id("suggestion-call", name),
            kind=OUTCOME,
            requested_at=self.claimed.job.at,
        )
        self.usd += usd
