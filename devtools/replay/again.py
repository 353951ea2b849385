"""Answers recorded messages again, as a replay of the console does, but keeps the results in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from decimal import Decimal

from devtools.cli.connections import Connections
from devtools.stack.errors import StackError
from services.ai.answerer import AnswerOptions
from services.ai.calls.ask import AskResult
from services.ai.gate.port import OPEN_GATE
from services.ai.replays.asking import ReplayModels
from services.ai.replays.gate import ReplayGate
from services.ai.replays.money import ReplayMoney
from services.ai.replays.rerun import ReplayStopped, Rerun
from services.ai.tools.kit import ToolKit
from services.ai.vendors.anthropic import AnthropicModel
from services.ai.vendors.by_model import ANTHROPIC, OPENROUTER, ModelVendors
from services.ai.vendors.openrouter import OpenRouterModel
from services.ai.vendors.port import LanguageModel
from shared.clock import SystemClock
from shared.domain.model_prices import load_prices
from shared.domain.replays import KEPT, Replay, ReplayChanges, ReplayResult, Stopped
from shared.operations.replays.changed import ChangedWorkspace
from shared.operations.replays.recorded import conversations
from shared.settings import Settings


async def replayed(
    connected: Connections, changed: ChangedWorkspace, since: datetime, *, limit: int, max_usd: Decimal
) -> list[ReplayResult]:
    """Return both answers to the latest messages since then, in their order. Raises DependencyAway, StackError."""
    clock, settings, workspace = SystemClock(), connected.settings, changed.workspace
    replay = _replay(workspace.workspace, since, clock.now(), limit, max_usd, changed.changes)
    options = AnswerOptions(
        deadline=settings.ai_deadline, max_tokens=settings.ai_max_tokens, prices=load_prices(settings.ai_prices)
    )
    money, results = ReplayMoney(max_usd), list[ReplayResult]()

    async def gate_of(result: str) -> ReplayGate:
        return ReplayGate(OPEN_GATE, money, options.prices, options.max_tokens, result)

    async def keep(result: ReplayResult) -> None:
        results.append(result)

    async def paid(result: str, outcome: AskResult, gate: ReplayGate) -> None:
        if outcome.answer is None and gate.over_limit:
            raise ReplayStopped(Stopped.LIMIT)

    async with _vendors(settings) as vendors:
        if not vendors.usable((workspace.bot.fast_model, workspace.bot.smart_model)):
            raise StackError("there is no key for the models: set ANTHROPIC_API_KEY or OPENROUTER_API_KEY")
        models = ReplayModels(
            mongo=connected.mongo,
            vendors=vendors,
            workspace=workspace,
            options=options,
            kit=ToolKit(connected.mongo, clock),
        )
        rerun = Rerun(
            mongo=connected.mongo,
            clock=clock,
            replay=replay,
            changed=changed,
            models=models,
            gate_of=gate_of,
            keep=keep,
            paid=paid,
        )
        found = await conversations(connected.mongo, workspace.workspace, since, replay.until, limit=limit)
        with suppress(ReplayStopped):  # the report has what was answered until then
            await rerun.run(found)
    return sorted(results, key=lambda it: it.number)


def _replay(
    workspace: str, since: datetime, now: datetime, limit: int, max_usd: Decimal, changes: ReplayChanges
) -> Replay:
    return Replay(
        id="",
        workspace=workspace,
        name="",
        by="",
        by_name="",
        at=now,
        ends=now + KEPT,
        since=since,
        until=now,
        max_messages=limit,
        max_usd=format(max_usd, "f"),
        changes=changes,
    )


@asynccontextmanager
async def _vendors(settings: Settings) -> AsyncIterator[ModelVendors]:
    """Open the vendors with a key."""
    anthropic, openrouter = (
        settings.anthropic_api_key.get_secret_value(),
        settings.openrouter_api_key.get_secret_value(),
    )
    opened: dict[str, AnthropicModel | OpenRouterModel] = {}
    if anthropic:
        opened[ANTHROPIC] = AnthropicModel(anthropic, settings.anthropic_base_url)
    if openrouter:
        opened[OPENROUTER] = OpenRouterModel(openrouter, settings.openrouter_base_url)
    try:
        by_name: dict[str, LanguageModel] = dict(opened)
        yield ModelVendors(by_name)
    finally:
        for vendor in opened.values():
            await vendor.close()
