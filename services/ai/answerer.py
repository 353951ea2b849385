"""One answer from beginning to end: read, choose a model, ask within the budget, make the records. Keeps nothing.

What may happen twice has the same ids: those of the calls and of the records come from the request's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.ai import outputs, routing
from services.ai.answer_inputs import AnswerInputs, read_inputs, routing_signals
from services.ai.calls.ask import AskResult, ask_models
from services.ai.checks.rules_cache import RulesCache
from services.ai.gate.budget import DailyBudget
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import RequestGate
from services.ai.pricing.prices import PriceTable, Tokens
from services.ai.pricing.unpriced import UnpricedModels
from services.ai.prompt.build import INSTRUCTIONS, system_blocks
from services.ai.routing import RoutingDecision
from services.ai.stalls import StallDetector
from services.ai.tools.kit import ToolKit
from services.ai.tools.port import Tools
from services.ai.vendors.by_model import ModelVendors
from shared.clock import Clock
from shared.domain.conversation import RecordedOutput
from shared.domain.limits import day_bounds, local_day
from shared.errors import DependencyAway
from shared.messages.ai import AiRequest
from shared.messages.outbound import Author
from shared.repositories.ai_calls import OVER_SHARE, AiCall, AiCalls
from shared.repositories.conversation_history import ConversationHistory
from shared.repositories.usage import Usage
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics
from shared.text.built_in import in_language, spoken
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

log = logging.get(__name__)

_MONTH_SPENT = "what models may cost in this month is spent"
_PATIENCE = 10  # deadlines after which a process that stands still again and again apologises all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """deadline: seconds for an answer with everything in it. max_tokens: of the answer."""

    deadline: float
    max_tokens: int
    prices: PriceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """What an answer is made with; made once per process."""

    mongo: Mongo
    model: ModelVendors
    breakers: ModelBreakers
    budget: DailyBudget
    meter: UsageMeter
    stalls: StallDetector
    options: AnswerOptions
    clock: Clock
    kit: ToolKit
    rules: RulesCache = field(default_factory=lambda: RulesCache(INSTRUCTIONS))
    systems: RevisionCache[tuple[str, ...]] = field(default_factory=RevisionCache)
    unpriced: UnpricedModels = field(default_factory=UnpricedModels)

    def request_budget(self, workspace: Workspace, request: AiRequest) -> RequestBudget:
        """What the request's calls are paid from."""
        return RequestBudget(
            self.budget, self.budget.today(workspace, self.clock.now()), request.id, request.customer_id
        )

    async def answer(
        self, workspace: Workspace, request: AiRequest, past: ConversationHistory, request_budget: RequestBudget
    ) -> AiCall:
        """The answer, or an apology and a person. Raises DependencyAway."""
        started, began = self.clock.now(), self.clock.monotonic()
        await self.kit.prepare(workspace)
        rules, system = self.rules.of(workspace), self.systems.of(workspace, system_blocks)
        known = read_inputs(workspace, request, past, rules, system, self.kit.specs(workspace), started)
        left = await self.budget.left(request_budget.day)
        routed = routing.route(routing_signals(known, request, past.conversation, left, self.kit.faq(workspace)))
        metrics.ROUTED.labels(routed.choice).inc()
        doors = RequestGate(self.breakers, request_budget, self.options.prices, self.options.max_tokens, self.unpriced)
        outcome = await self._ask(
            workspace, known, routed, doors, started, lambda: self.kit.tools_for(workspace, request, past.conversation)
        )
        now = self.clock.now()
        waited = (now - request.created_at).total_seconds()
        if outcome.timed_out and self.stalls.stalled_since(began) and waited < _PATIENCE * self.options.deadline:
            raise DependencyAway("ai", "this process stood still while it waited for a model")
        name, records = await self._records(workspace, request, known, outcome, now)
        cost = self.options.prices.cost(outcome.spent) + doors.unknown_usd
        _report(outcome, routed, (now - started).total_seconds())
        _count(workspace, outcome, cost)
        return self._call(workspace, request, outcome, name, routed, records, cost, started, now)

    async def _ask(
        self,
        workspace: Workspace,
        known: AnswerInputs,
        routed: RoutingDecision,
        doors: RequestGate,
        now: datetime,
        tools: Callable[[], Tools],
    ) -> AskResult:
        if await self.meter.ai_exceeded(workspace, now):
            return AskResult(answer=None, attempts=0, error=_MONTH_SPENT)
        return await ask_models(
            self.model,
            known.prompt,
            models=self.model.usable(routing.models_in_order(workspace.bot, routed.choice)),
            max_tokens=self.options.max_tokens,
            deadline=self.options.deadline,
            gate=doors,
            tools=tools if known.prompt.tools else None,
        )

    async def _records(
        self, workspace: Workspace, request: AiRequest, known: AnswerInputs, outcome: AskResult, now: datetime
    ) -> tuple[str, tuple[RecordedOutput, ...]]:
        """The outcome as it is kept, and what is said and asked for."""
        if outcome.answer is not None:
            asked = outcome.tools
            return "answered", outputs.answered(
                request,
                outcome.answer.text,
                workspace.shards,
                now,
                hand_off=asked.handed_off if asked else "",
                changes=asked.changes if asked else (),
            )
        if outcome.over_share and not outcome.day_budget_spent:
            return await self._without_a_model(workspace, request, known, outcome, now)
        question = known.prompt.question
        records = outputs.gave_up(request, _apology(workspace, known), outcome.error, question, workspace.shards, now)
        if outcome.day_budget_spent and await self._tells_the_owner(workspace, request, now):
            day, usd = local_day(now, workspace.timezone), workspace.bot.daily_budget_usd
            records = (*records, outputs.budget_spent(request, day, usd, workspace.shards, now))
        return "apology", records

    async def _without_a_model(
        self, workspace: Workspace, request: AiRequest, known: AnswerInputs, outcome: AskResult, now: datetime
    ) -> tuple[str, tuple[RecordedOutput, ...]]:
        """For a customer whose share is spent: the FAQ where it is sure; otherwise a person, with an apology the first
        time that day. The owner is told once a day of a customer.
        """
        question, shards = known.prompt.question, workspace.shards
        near = self.kit.faq(workspace).match(question)
        if near is not None and near.sure:
            return "faq", outputs.answered(request, near.answer, shards, now, author=Author.FAQ)
        day, calls = local_day(now, workspace.timezone), AiCalls(self.mongo, workspace.workspace)
        told = await calls.over_share(request.customer_id, *day_bounds(day, workspace.timezone))
        apology = "" if request.conversation_id in told else _apology(workspace, known)
        records = outputs.gave_up(request, apology, outcome.error, question, shards, now)
        if told:
            return OVER_SHARE, records
        log.warning("A customer has spent a share of the day's budget for models", day=day)
        metrics.CUSTOMER_SHARES_SPENT.labels(metrics.by_workspace(workspace.workspace)).inc()
        usd = workspace.bot.daily_budget_usd * workspace.bot.customer_budget_share
        return OVER_SHARE, (*records, outputs.share_spent(request, day, usd, shards, now))

    async def _tells_the_owner(self, workspace: Workspace, request: AiRequest, now: datetime) -> bool:
        """Once a day: the request that finds the budget spent first, and that one again if it comes again."""
        day = local_day(now, workspace.timezone)
        tells = await Usage(self.mongo, workspace.workspace).tells_budget_spent(day, request.id)
        if tells:
            metrics.BUDGETS_SPENT.labels(metrics.by_workspace(workspace.workspace)).inc()
            log.warning("The day's budget for models is spent", day=day, usd=str(workspace.bot.daily_budget_usd))
        return tells

    def _call(
        self,
        workspace: Workspace,
        request: AiRequest,
        outcome: AskResult,
        name: str,
        routed: RoutingDecision,
        records: tuple[RecordedOutput, ...],
        cost: Decimal,
        started: datetime,
        finished: datetime,
    ) -> AiCall:
        answer, prices = outcome.answer, self.options.prices
        tokens = answer.tokens if answer else Tokens()
        chosen = routing.routing_record(routed, workspace.bot, prices, answer.tokens if answer else None)
        return AiCall(
            id=request.id,
            workspace=request.workspace,
            conversation_id=request.conversation_id,
            correlation_id=request.correlation_id,
            turn=request.turn,
            outputs=records,
            requested_at=request.created_at,
            started_at=started,
            finished_at=finished,
            model=answer.model if answer else chosen.model,
            outcome=name,
            attempts=outcome.attempts,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
            error=outcome.error,
            cost_usd=format(cost, "f"),
            prices=prices.version,
            routing=chosen,
            tools=outcome.uses,
            not_before=request.not_before,
            customer_id=request.customer_id,
        )


def _apology(workspace: Workspace, known: AnswerInputs) -> str:
    """In the customer's language, where the workspace has not written its own."""
    return in_language("apology", workspace.bot.apology, spoken(known.language, workspace.languages))


def _count(workspace: Workspace, outcome: AskResult, cost: Decimal) -> None:
    dollars = float(cost)
    metrics.MODEL_COST.labels(outcome.answer.model if outcome.answer else "none").inc(dollars)
    metrics.WORKSPACE_COST.labels(metrics.by_workspace(workspace.workspace)).inc(dollars)


def _report(outcome: AskResult, routed: RoutingDecision, seconds: float) -> None:
    metrics.ANSWERS.labels("answered" if outcome.answer else "apology").inc()
    log.info(
        "Answered" if outcome.answer else "Apologised",
        model=outcome.answer.model if outcome.answer else "",
        choice=routed.choice.value,
        why=", ".join(routed.reasons),
        attempts=outcome.attempts,
        seconds=round(seconds, 3),
        tools=len(outcome.uses),
        reason=outcome.error,
    )
