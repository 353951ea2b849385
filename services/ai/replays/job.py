"""Runs the replays that the console has queued. After a crash another process goes on behind the results so far.

Models are called as `job_models` says.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from services.ai.answerer import AnswerOptions
from services.ai.calls.ask import AskResult
from services.ai.gate.request_gate import RequestGate
from services.ai.job_models import JobModels
from services.ai.replays.asking import ReplayModels
from services.ai.replays.gate import ReplayGate
from services.ai.replays.money import ReplayMoney
from services.ai.replays.rerun import ReplayStopped, Rerun, differs
from services.ai.tools.kit import ToolKit
from shared.domain import ids
from shared.domain.replays import Replay, ReplayResult, Stopped
from shared.operations.jobs.claimed import ClaimedJob, JobFailed
from shared.operations.replays.changed import ChangedWorkspace, changed_workspace
from shared.operations.replays.recorded import conversations
from shared.operations.replays.summary import summary_of
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.replay_results import ReplayResults
from shared.repositories.replays import Replays
from shared.workspace.config import Workspace

_PROGRESS_EVERY = 5  # results: then the job's progress is stored
OUTCOME = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRunner:
    """Runs the jobs of replays. Made once per process."""

    models: JobModels
    options: AnswerOptions
    erasures: ErasureGuard

    async def run(self, workspace: Workspace, claimed: ClaimedJob) -> None:
        """Run a replay to its end. Raises JobFailed, LeaseLost, DependencyAway."""
        mongo = self.models.mongo
        replay = await Replays(mongo, workspace.workspace).get(claimed.job.id)
        if replay is None:
            raise JobFailed("the replay does not exist any more")
        changed = await asyncio.to_thread(changed_workspace, workspace, replay.changes)
        results = ReplayResults(mongo, workspace.workspace)
        money = ReplayMoney(Decimal(replay.max_usd), await results.spent(replay.id))
        await _Running(runner=self, replay=replay, changed=changed, claimed=claimed, results=results, money=money).run()


@dataclass(slots=True, kw_only=True)
class _Running:
    """A replay that this process works on."""

    runner: ReplayRunner
    replay: Replay
    changed: ChangedWorkspace
    claimed: ClaimedJob
    results: ReplayResults
    money: ReplayMoney
    counts: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        models, replay = self.runner.models, self.replay
        found = await conversations(
            models.mongo,
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
            mongo=models.mongo,
            clock=models.clock,
            replay=replay,
            changed=self.changed,
            models=ReplayModels(
                mongo=models.mongo,
                vendors=models.vendors,
                workspace=workspace,
                options=self.runner.options,
                kit=ToolKit(models.mongo, models.clock),
            ),
            gate_of=self._gate,
            keep=self._keep,
            paid=self._paid,
        )
        try:
            await rerun.run(found, await self.results.done(replay.id))
        except ReplayStopped as stopped:
            await Replays(models.mongo, replay.workspace).set_stopped(replay.id, stopped.why)
        await self.claimed.finish(counts=self.counts)

    async def _gate(self, result: str) -> ReplayGate:
        """Return the gate of one answer. Raises ReplayStopped, DependencyAway."""
        options, name = self.runner.options, f"{result}:{self.claimed.job.attempt}"
        inner = await self.runner.models.gate(self.changed.workspace, name, options.max_tokens)
        if inner is None:
            raise ReplayStopped(Stopped.BUDGET)
        return ReplayGate(inner, self.money, options.prices, options.max_tokens, name)

    async def _paid(self, result: str, outcome: AskResult, gate: ReplayGate) -> None:
        """Store the cost of an answer. Raises ReplayStopped if there was no money for it, DependencyAway."""
        models, request = self.runner.models, gate.inner
        assert isinstance(request, RequestGate)  # noqa: S101 - made above
        await request.flush()
        try:
            if outcome.attempts:
                await models.store_cost(
                    self.changed.workspace,
                    outcome,
                    gate.usd,
                    id_=ids.derived_id("replay-call", result, str(self.claimed.job.attempt)),
                    kind=OUTCOME,
                    requested_at=models.clock.now(),
                )
                request.request_budget.mark_stored()
        finally:
            request.request_budget.discard()
        if outcome.answer is None and (gate.over_limit or outcome.day_budget_spent):
            raise ReplayStopped(Stopped.LIMIT if gate.over_limit else Stopped.BUDGET)

    async def _keep(self, result: ReplayResult) -> None:
        """Store a result, unless its customer was erased meanwhile."""
        for who in (result.customer_id, result.conversation_id):
            if await self.runner.erasures.forbid(result.workspace, who, result.at):
                return
        if await self.results.add(result):
            self.counts["done"] += 1
            self.counts["differ"] += differs(result)
            if self.counts["done"] % _PROGRESS_EVERY == 0:
                await self._confirm()

    async def _confirm(self) -> None:
        await self.claimed.confirm(counts=self.counts, position=self.counts["done"])
