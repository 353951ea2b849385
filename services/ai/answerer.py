"""Makes one answer: builds the prompt, chooses a model, calls it within the budget, makes the records. Stores nothing.

Ids of calls and records are derived from the request's, so a second run makes the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial

from services.ai import outputs, routing
from services.ai.answer_inputs import AnswerInputs, read_inputs, routing_signals
from services.ai.calls.ask import AskResult, ask_models
from services.ai.checks.rules_cache import RulesCache
from services.ai.gate.budget import DailyBudget
from services.ai.gate.call_scripts import RequestClaim
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.request_budget import RequestBudget
from services.ai.gate.request_gate import ModelByBudget, RequestGate
from services.ai.pricing.unpriced import UnpricedModels
from services.ai.prompt.build import INSTRUCTIONS, system_blocks
from services.ai.routing import RoutingDecision, RoutingSignals
from services.ai.stalls import StallDetector
from services.ai.tools.kit import ToolKit
from services.ai.tools.port import Tools
from services.ai.vendors.by_model import ModelVendors
from shared.clock import Clock
from shared.domain.conversation import RecordedOutput
from shared.domain.limits import day_bounds, local_day
from shared.domain.model_prices import PriceTable, Tokens
from shared.errors import DependencyAway
from shared.messages.ai import AiRequest
from shared.messages.outbound import Author
from shared.repositories.ai_calls import OVER_SHARE, AiCall, AiCalls
from shared.repositories.conversation_history import ConversationHistory
from shared.repositories.usage import Usage
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics
from shared.text.built_in_texts import localized, reply_language
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

log = logging.get(__name__)

_MONTH_SPENT = "the monthly limit for models is reached"
_LOG_TEXTS = {
    "answered": "Answered",
    "apology": "Apologised",
    "faq": "Answered by the FAQ",
    OVER_SHARE: "Handed off: the customer's share is spent",
}
_MAX_STALLED_DEADLINES = 10  # after which a process that stalls again and again apologises all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """Limits and prices of all answers. deadline: seconds for an answer with everything in it. max_tokens: of the
    answer.
    """

    deadline: float
    max_tokens: int
    prices: PriceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Made once per process, with all that an answer needs."""

    mongo: Mongo
    redis: Redis
    vendors: ModelVendors
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

    def gate(
        self,
        workspace: Workspace,
        request: AiRequest,
        claim: RequestClaim | None = None,
        *,
        without_claim: bool = False,
    ) -> RequestGate:
        """Return the gate of a request's calls, with the budget that pays for them. claim, without_claim: see
        there."""
        day = self.budget.today(workspace, self.clock.now())
        budget, options = RequestBudget(self.budget, day, request.id, request.customer_id), self.options
        return RequestGate(
            self.redis,
            self.breakers,
            budget,
            options.prices,
            options.max_tokens,
            self.unpriced,
            claim,
            without_claim=without_claim,
        )

    async def answer(
        self, workspace: Workspace, request: AiRequest, history: ConversationHistory, gate: RequestGate
    ) -> AiCall:
        """Return the answer, or an apology with a hand-off; the caller finishes the gate with it.

        Raises DependencyAway, and AlreadyAnswered or ClaimedElsewhere when the gate has a claim.
        """
        started, started_at = self.clock.now(), self.clock.monotonic()
        await self.kit.prepare(workspace)
        rules, system = self.rules.of(workspace), self.systems.get_or_make(workspace, system_blocks)
        specs, nearest = self.kit.specs(workspace), partial(self.kit.nearest, workspace)
        inputs = read_inputs(workspace, request, history, rules, system, specs, started, nearest)
        signals = routing_signals(inputs, request, history.conversation, self.kit.faq(workspace))
        month_spent = await self.meter.ai_exceeded(workspace, started)
        routed = await self._route(workspace, inputs, signals, gate, month_spent)
        metrics.ROUTED.labels(routed.choice).inc()
        outcome = (
            AskResult(answer=None, attempts=0, error=_MONTH_SPENT)
            if month_spent
            else await self._ask(
                workspace, inputs, routed, gate, lambda: self.kit.tools_for(workspace, request, history.conversation)
            )
        )
        now = self.clock.now()
        waited = (now - request.created_at).total_seconds()
        if (
            outcome.timed_out
            and self.stalls.stalled_since(started_at)
            and waited < _MAX_STALLED_DEADLINES * self.options.deadline
        ):
            raise DependencyAway("ai", "this process stalled while it waited for a model")
        name, records = await self._records(workspace, request, inputs, outcome, now)
        cost = self.options.prices.cost(outcome.spent) + gate.unknown_usd
        _report(name, outcome, routed, (now - started).total_seconds())
        count_cost(workspace, outcome, cost)
        return self._call(workspace, request, outcome, name, routed, records, cost, started, now)

    async def _route(
        self,
        workspace: Workspace,
        inputs: AnswerInputs,
        signals: RoutingSignals,
        gate: RequestGate,
        month_spent: bool,
    ) -> RoutingDecision:
        """Choose the model by the signals and by what is left of the budget, and open the gate for its first call."""
        decisions = routing.decisions(signals)
        first = [self._models(workspace, decision)[:1] for _, decision in decisions]
        if month_spent or not all(first):  # no model is called
            left = await self.budget.left(gate.request_budget.day)
            return next(decision for least, decision in decisions if left >= least)
        choices = [ModelByBudget(left, model) for (left, _), (model,) in zip(decisions, first, strict=True)]
        return decisions[await gate.open(choices, inputs.prompt)][1]

    def _models(self, workspace: Workspace, routed: RoutingDecision) -> tuple[str, ...]:
        return self.vendors.usable(routing.models_in_order(workspace.bot, routed.choice))

    async def _ask(
        self,
        workspace: Workspace,
        inputs: AnswerInputs,
        routed: RoutingDecision,
        gate: RequestGate,
        tools: Callable[[], Tools],
    ) -> AskResult:
        return await ask_models(
            self.vendors,
            inputs.prompt,
            models=self._models(workspace, routed),
            max_tokens=self.options.max_tokens,
            deadline=self.options.deadline,
            gate=gate,
            tools=tools if inputs.prompt.tools else None,
        )

    async def _records(
        self, workspace: Workspace, request: AiRequest, inputs: AnswerInputs, outcome: AskResult, now: datetime
    ) -> tuple[str, tuple[RecordedOutput, ...]]:
        """Return the outcome as it is stored, and the records to publish."""
        if outcome.answer is not None:
            asked = outcome.tools
            return "answered", outputs.answer(
                request,
                outcome.answer.text,
                workspace.shards,
                now,
                hand_off=asked.handed_off if asked else "",
                changes=asked.changes if asked else (),
            )
        if outcome.over_share and not outcome.day_budget_spent:
            return await self._answer_without_model(workspace, request, inputs, outcome, now)
        question = inputs.prompt.question
        records = outputs.apology(request, _apology(workspace, inputs), outcome.error, question, workspace.shards, now)
        if outcome.day_budget_spent and await self._informs_owner(workspace, request, now):
            day, usd = local_day(now, workspace.timezone), workspace.bot.daily_budget_usd
            records = (*records, outputs.budget_spent(request, day, usd, workspace.shards, now))
        return "apology", records

    async def _answer_without_model(
        self, workspace: Workspace, request: AiRequest, inputs: AnswerInputs, outcome: AskResult, now: datetime
    ) -> tuple[str, tuple[RecordedOutput, ...]]:
        """Answer a customer whose share is spent: by the FAQ where it is sure, else by a hand-off, with an apology
        once a day.

        The owner is informed once a day of each customer.
        """
        question, shards = inputs.prompt.question, workspace.shards
        near = self.kit.faq(workspace).match(question)
        if near is not None and near.sure:
            return "faq", outputs.answer(request, near.answer, shards, now, author=Author.FAQ)
        day, calls = local_day(now, workspace.timezone), AiCalls(self.mongo, workspace.workspace)
        informed = await calls.over_share(request.customer_id, *day_bounds(day, workspace.timezone))
        apology = "" if request.conversation_id in informed else _apology(workspace, inputs)
        records = outputs.apology(request, apology, outcome.error, question, shards, now)
        if informed:
            return OVER_SHARE, records
        log.warning("A customer has spent their share of the day's budget for models", day=day)
        metrics.CUSTOMER_SHARES_SPENT.labels(metrics.by_workspace(workspace.workspace)).inc()
        usd = workspace.bot.daily_budget_usd * workspace.bot.customer_budget_share
        return OVER_SHARE, (*records, outputs.share_spent(request, day, usd, shards, now))

    async def _informs_owner(self, workspace: Workspace, request: AiRequest, now: datetime) -> bool:
        """Return whether this request informs the owner that the budget is spent: the first of the day, also when
        redelivered."""
        day = local_day(now, workspace.timezone)
        tells = await Usage(self.mongo, workspace.workspace).claim_budget_notice(day, request.id)
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


def _apology(workspace: Workspace, inputs: AnswerInputs) -> str:
    """Return the apology, in the customer's language unless the workspace has its own."""
    return localized("apology", workspace.bot.apology, reply_language(inputs.language, workspace.languages))


def count_cost(workspace: Workspace, outcome: AskResult, cost: Decimal) -> None:
    """Count the cost of an answer in the metrics."""
    dollars = float(cost)
    metrics.MODEL_COST.labels(outcome.answer.model if outcome.answer else "none").inc(dollars)
    metrics.WORKSPACE_COST.labels(metrics.by_workspace(workspace.workspace)).inc(dollars)


def _report(name: str, outcome: AskResult, routed: RoutingDecision, seconds: float) -> None:
    """Count and log an answer. name: the outcome as it is stored."""
    metrics.ANSWERS.labels(name).inc()
    log.info(
        _LOG_TEXTS[name],
        model=outcome.answer.model if outcome.answer else "",
        choice=routed.choice.value,
        why=", ".join(routed.reasons),
        attempts=outcome.attempts,
        seconds=round(seconds, 3),
        tools=len(outcome.uses),
        reason=outcome.error,
    )
