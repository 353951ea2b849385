"""Summarises long conversations in the background, after their answers: few at once, each within a deadline.

No answer waits for a summary. One that fails, is cut off or finds no free place is made after a later answer; its cost
stays reserved until then, as for any call that is cut off.
"""

import asyncio
import contextvars
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.ai.answer_inputs import sent_messages
from services.ai.calls.ask import AskResult, ask_models
from services.ai.gate.budget import DailyBudget
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.prompt.prompt import Prompt
from services.ai.summaries import summary
from services.ai.vendors.by_model import ModelVendors
from shared.clock import Clock
from shared.domain import ids
from shared.domain.model_prices import PriceTable
from shared.errors import DependencyAway
from shared.messages.ai import AiRequest
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversation_history import ConversationHistories
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.summaries import Summaries, Summary
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics, tracing
from shared.workspace.config import Workspace

log = logging.get(__name__)

_AT_ONCE = 16
_SECONDS = 12.0  # for all of one
_MODEL_SECONDS = 8.0
_TOKENS = 400
_LOW = 0.25  # of the day's budget: the rest is for answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Summariser:
    """Made once per process. prices: of models."""

    mongo: Mongo
    redis: Redis
    vendors: ModelVendors
    breakers: ModelBreakers
    budget: DailyBudget
    meter: UsageMeter
    prices: PriceTable
    clock: Clock
    erasures: ErasureGuard
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # by conversation

    def after(self, workspace: Workspace, request: AiRequest) -> None:
        """Begin a summary, if one may be due after this answer. Does not wait."""
        if not summary.may_be_due(request.turn, workspace.bot.history):
            return
        conversation = request.conversation_id
        if len(self._tasks) >= _AT_ONCE or conversation in self._tasks:
            metrics.SUMMARIES.labels("no room").inc()
            return
        # A context of its own: the runtime's counters for the record of the answer end soon.
        task = asyncio.create_task(self._summarise(workspace, request), context=contextvars.Context())
        self._tasks[conversation] = task
        task.add_done_callback(lambda _: self._tasks.pop(conversation, None))

    async def wait(self) -> None:
        """Wait for all summaries in progress."""
        while self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_SECONDS)

    async def close(self) -> None:
        """Cancel all summaries in progress."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    async def _summarise(self, workspace: Workspace, request: AiRequest) -> None:
        outcome = "failed"
        with (
            logging.bound(
                workspace_id=workspace.workspace,
                correlation_id=request.correlation_id,
                trace_id=request.correlation_id,
            ),
            tracing.span("summarise", correlation_id=request.correlation_id),
        ):
            try:
                async with asyncio.timeout(_SECONDS):
                    outcome = await self._make(workspace, request)
            except (TimeoutError, DependencyAway) as error:
                log.info("No summary was made", reason=type(error).__name__)
            except Exception:  # nothing awaits this task
                log.exception("Making a summary failed")
        metrics.SUMMARIES.labels(outcome).inc()

    async def _make(self, workspace: Workspace, request: AiRequest) -> str:
        """Make a summary if one is due; return the outcome. Raises DependencyAway."""
        kept = Summaries(self.mongo, request.workspace)
        before = await kept.get(request.conversation_id)
        up_to = before.up_to if before else 0
        if not summary.due(request.turn, up_to, workspace.bot.history):
            return "not due"
        day = self.budget.today(workspace, self.clock.now())
        if await self.budget.left(day) < _LOW or await self.meter.ai_exceeded(workspace, self.clock.now()):
            return "no money"
        history = await ConversationHistories(self.mongo, request.workspace).read(
            request.conversation_id, request.customer_id, turn=request.turn, limit=summary.MAX_MESSAGES
        )
        new = [item for item in history.inbound if up_to < item.turn < request.turn]
        answered = [item for item in sent_messages(history, request.turn) if up_to < item.turn]
        request_budget = RequestBudget(self.budget, day, f"{request.id}:summary", request.customer_id)
        try:
            task = summary.prompt(before.text if before else "", new, answered)
            call, text = await self._ask(workspace, request, task, request_budget)
            if call.attempts == 0 or await self._erased(request):
                return "not made" if call.attempts == 0 else "erased"
            await self._count(workspace, call)
            request_budget.mark_stored()
        finally:
            request_budget.discard()
        if not text:
            return "failed"
        made = Summary(conversation_id=request.conversation_id, up_to=request.turn - 1, text=text, at=self.clock.now())
        return "made" if await kept.put(made) else "made before"

    async def _ask(
        self, workspace: Workspace, request: AiRequest, task: Prompt, request_budget: RequestBudget
    ) -> tuple[AiCall, str]:
        started, fast = self.clock.now(), workspace.bot.fast_model
        gate = RequestGate(self.redis, self.breakers, request_budget, self.prices, _TOKENS)
        outcome = await ask_models(
            self.vendors,
            task,
            models=self.vendors.usable((fast,)),
            max_tokens=_TOKENS,
            deadline=_MODEL_SECONDS,
            gate=gate,
        )
        await gate.flush()
        cost = self.prices.cost(outcome.spent) + gate.unknown_usd
        text = summary.clean(outcome.answer.text) if outcome.answer else ""
        return self._call(request, outcome, cost, started), text

    def _call(self, request: AiRequest, outcome: AskResult, cost: Decimal, started: datetime) -> AiCall:
        """Return the call as it is stored with the answers, for its cost; it has no outputs."""
        tokens = outcome.answer.tokens if outcome.answer else None
        return AiCall(
            id=ids.output_id(request.id, "summary"),
            workspace=request.workspace,
            conversation_id=request.conversation_id,
            correlation_id=request.correlation_id,
            turn=request.turn,
            outputs=(),
            requested_at=started,
            started_at=started,
            finished_at=self.clock.now(),
            model=outcome.answer.model if outcome.answer else "",
            outcome="summary" if outcome.answer else "no summary",
            attempts=outcome.attempts,
            input_tokens=tokens.input if tokens else 0,
            output_tokens=tokens.output if tokens else 0,
            cache_read_tokens=tokens.cache_read if tokens else 0,
            cache_write_tokens=tokens.cache_write if tokens else 0,
            error=outcome.error,
            cost_usd=format(cost, "f"),
            prices=self.prices.version,
            customer_id=request.customer_id,
        )

    async def _count(self, workspace: Workspace, call: AiCall) -> None:
        if await AiCalls(self.mongo, call.workspace).add(call) is call:
            await self.meter.count_ai(workspace, call.finished_at, Decimal(call.cost_usd))

    async def _erased(self, request: AiRequest) -> bool:
        return await self.erasures.forbid(request.workspace, request.customer_id, request.created_at)
