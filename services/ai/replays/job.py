"""Runs the replays that the console has queued. After a crash another process goes on behind the results so far.

A replay asks models through the breakers and the budget of the workspace, like an answer to a customer, but leaves a
part of the day's budget to customers. Its costs are in `ai_calls`, without outputs.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from services.ai.answerer import AnswerOptions, count_cost
from services.ai.calls.ask import AskResult
from services.ai.gate.budget import DailyBudget
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.replays.asking import ReplayModels
from services.ai.replays.gate import ReplayGate
from services.ai.replays.money import ReplayMoney
from services.ai.replays.rerun import ReplayStopped, Rerun, differs
from services.ai.tools.kit import ToolKit
from services.ai.vendors.by_model import ModelVendors
from shared.clock import Clock
from shared.domain import ids
from shared.domain.model_prices import Tokens
from shared.domain.replays import Replay, ReplayResult, Stopped
from shared.operations.jobs.claimed import ClaimedJob, JobFailed
from shared.operations.replays.changed import ChangedWorkspace, changed_workspace
from shared.operations.replays.recorded import conversations
from shared.operations.replays.summary import summary_of
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.replay_results import ReplayResults
from shared.repositories.replays import Replays
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Workspace

_FOR_CUSTOMERS = 0.25  # of the day's budget, which replays leave
_CONFIRMED = 5  # results, after which the job's progress is stored
OUTCOME = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayParts:
    """Made once per process."""

    mongo: Mongo
    redis: Redis
    vendors: ModelVendors
    breakers: ModelBreakers
    budget: DailyBudget
    meter: UsageMeter
    options: AnswerOptions
    clock: Clock
    erasures: ErasureGuard

    async def run(self, workspace: Workspace, claimed: ClaimedJob) -> None:
        """Run a replay to its end. Raises JobFailed, LeaseLost, DependencyAway."""
        replay = await Replays(self.mongo, workspace.workspace).get(claimed.job.id)
        if replay is None:
            raise JobFailed("the replay does not exist any more")
        changed = await asyncio.to_thread(changed_workspace, workspace, replay.changes)
        results = ReplayResults(self.mongo, workspace.workspace)
        money = ReplayMoney(Decimal(replay.max_usd), await results.spent(replay.id))
        await _Running(parts=self, replay=replay, changed=changed, claimed=claimed, results=results, money=money).run()


@dataclass(slots=True, kw_only=True)
class _Running:
    """A replay that this process works on."""

    parts: ReplayParts
    replay: Replay
    changed: ChangedWorkspace
    claimed: ClaimedJob
    results: ReplayResults
    money: ReplayMoney
    counts: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        parts, replay = self.parts, self.replay
        found = await conversations(
            parts.mongo,
            replay.workspace,
            replay.since,
            replay.until,
            channel=replay.channel,
            limit=replay.max_messages,
        )
        so_far = summary_of(await self.results.counted(replay.id))
        self.counts = {"messages": sum(map(len, found)), "done": so_far.done, "differ": so_far.differ}
        await self._confirm()
        workspace = self.changed.workspace
        rerun = Rerun(
            mongo=parts.mongo,
            clock=parts.clock,
            replay=replay,
            changed=self.changed,
            models=ReplayModels(
                mongo=parts.mongo,
                vendors=parts.vendors,
                workspace=workspace,
                options=parts.options,
                kit=ToolKit(parts.mongo, parts.clock),
            ),
            gate_of=self._gate,
            keep=self._keep,
            paid=self._paid,
        )
        try:
            await rerun.run(found, await self.results.done(replay.id))
        except ReplayStopped as stopped:
            await Replays(parts.mongo, replay.workspace).set_stopped(replay.id, stopped.why)
        await self.claimed.finish(counts=self.counts)

    async def _gate(self, result: str) -> ReplayGate:
        parts, workspace = self.parts, self.changed.workspace
        day = parts.budget.today(workspace, parts.clock.now())
        month_spent = await parts.meter.ai_exceeded(workspace, parts.clock.now())
        if month_spent or await parts.budget.left(day) <= _FOR_CUSTOMERS:
            raise ReplayStopped(Stopped.BUDGET)
        # Each attempt has ids of its own: what an attempt that was cut off has cost is not overwritten.
        name = f"{result}:{self.claimed.job.attempt}"
        inner = RequestGate(
            parts.redis,
            parts.breakers,
            RequestBudget(parts.budget, day, name),
            parts.options.prices,
            parts.options.max_tokens,
        )
        return ReplayGate(inner, self.money, parts.options.prices, parts.options.max_tokens, name)

    async def _paid(self, result: str, outcome: AskResult, gate: ReplayGate) -> None:
        """Record the cost of an answer; stop if there was no money for it."""
        parts, workspace = self.parts, self.changed.workspace
        request = gate.inner
        assert isinstance(request, RequestGate)  # noqa: S101 - made above
        await request.flush()
        try:
            if outcome.attempts:
                call = self._call(result, outcome, gate.usd)
                if await AiCalls(parts.mongo, workspace.workspace).add(call) is call:
                    await parts.meter.count_ai(workspace, call.finished_at, gate.usd)
                count_cost(workspace, outcome, gate.usd)
                request.request_budget.mark_stored()
        finally:
            request.request_budget.discard()
        if outcome.answer is None and (self.money.reached or outcome.day_budget_spent):
            raise ReplayStopped(Stopped.LIMIT if self.money.reached else Stopped.BUDGET)

    def _call(self, result: str, outcome: AskResult, usd: Decimal) -> AiCall:
        now, tokens = self.parts.clock.now(), outcome.answer.tokens if outcome.answer else Tokens()
        id_ = ids.derived_id("replay-call", result, str(self.claimed.job.attempt))
        return AiCall(
            id=id_,
            workspace=self.replay.workspace,
            conversation_id="",
            correlation_id="",
            turn=0,
            outputs=(),
            requested_at=now,
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
            prices=self.parts.options.prices.version,
        )

    async def _keep(self, result: ReplayResult) -> None:
        """Store a result, unless its customer was erased meanwhile."""
        for who in (result.customer_id, result.conversation_id):
            if await self.parts.erasures.forbid(result.workspace, who, result.at):
                return
        if await self.results.add(result):
            self.counts["done"] += 1
            self.counts["differ"] += differs(result)
            if self.counts["done"] % _CONFIRMED == 0:
                await self._confirm()

    async def _confirm(self) -> None:
        await self.claimed.confirm(counts=self.counts, position=self.counts["done"])
