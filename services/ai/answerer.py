"""One answer from beginning to end: read, choose a model, ask within the budget, make the records. Keeps nothing.

What may happen twice has the same ids: those of the calls and of the records come from the request's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.ai import outputs, routing
from services.ai.answer_inputs import Read, read, signals
from services.ai.calls.ask import Outcome, get_answer
from services.ai.checks.rules_cache import RulesKept
from services.ai.gate.budget import Budget, Purse
from services.ai.gate.model_breakers import Breakers
from services.ai.gate.request_gate import Doors
from services.ai.pricing.prices import Prices, Tokens
from services.ai.pricing.unpriced import Unpriced
from services.ai.prompt.build import INSTRUCTIONS, system_of
from services.ai.routing import Routed
from services.ai.stalls import Stalls
from services.ai.tools.kit import Kit
from services.ai.tools.port import Tools
from services.ai.vendors.by_model import Vendors
from shared.clock import Clock
from shared.domain.conversation import Output
from shared.domain.limits import day_of, span_of
from shared.errors import DependencyAway
from shared.messages.ai import AiRequest
from shared.messages.outbound import Author
from shared.repositories.ai_calls import OVER_SHARE, AiCall, AiCalls
from shared.repositories.past import Past
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
class Options:
    """deadline: seconds for an answer with everything in it. max_tokens: of the answer."""

    deadline: float
    max_tokens: int
    prices: Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """What an answer is made with; made once per process."""

    mongo: Mongo
    model: Vendors
    breakers: Breakers
    budget: Budget
    meter: UsageMeter
    stalls: Stalls
    options: Options
    clock: Clock
    kit: Kit
    rules: RulesKept = field(default_factory=lambda: RulesKept(INSTRUCTIONS))
    systems: RevisionCache[tuple[str, ...]] = field(default_factory=RevisionCache)
    unpriced: Unpriced = field(default_factory=Unpriced)

    def purse(self, workspace: Workspace, request: AiRequest) -> Purse:
        """What the request's calls are paid from."""
        return Purse(self.budget, self.budget.today(workspace, self.clock.now()), request.id, request.customer_id)

    async def answer(self, workspace: Workspace, request: AiRequest, past: Past, purse: Purse) -> AiCall:
        """The answer, or an apology and a person. Raises DependencyAway."""
        started, began = self.clock.now(), self.clock.monotonic()
        await self.kit.prepare(workspace)
        rules, system = self.rules.of(workspace), self.systems.of(workspace, system_of)
        known = read(workspace, request, past, rules, system, self.kit.specs(workspace), started)
        left = await self.budget.left(purse.day)
        routed = routing.route(signals(known, request, past.conversation, left, self.kit.faq(workspace)))
        metrics.ROUTED.labels(routed.choice).inc()
        doors = Doors(self.breakers, purse, self.options.prices, self.options.max_tokens, self.unpriced)
        outcome = await self._ask(
            workspace, known, routed, doors, started, lambda: self.kit.box(workspace, request, past.conversation)
        )
        now = self.clock.now()
        waited = (now - request.created_at).total_seconds()
        if outcome.timed_out and self.stalls.since(began) and waited < _PATIENCE * self.options.deadline:
            raise DependencyAway("ai", "this process stood still while it waited for a model")
        name, records = await self._records(workspace, request, known, outcome, now)
        cost = self.options.prices.cost(outcome.spent) + doors.unknown_usd
        _report(outcome, routed, (now - started).total_seconds())
        _count(workspace, outcome, cost)
        return self._call(workspace, request, outcome, name, routed, records, cost, started, now)

    async def _ask(
        self,
        workspace: Workspace,
        known: Read,
        routed: Routed,
        doors: Doors,
        now: datetime,
        tools: Callable[[], Tools],
    ) -> Outcome:
        if await self.meter.ai_exceeded(workspace, now):
            return Outcome(answer=None, attempts=0, error=_MONTH_SPENT)
        return await get_answer(
            self.model,
            known.prompt,
            models=self.model.usable(routing.order_of(workspace.bot, routed.choice)),
            max_tokens=self.options.max_tokens,
            deadline=self.options.deadline,
            gate=doors,
            tools=tools if known.prompt.tools else None,
        )

    async def _records(
        self, workspace: Workspace, request: AiRequest, known: Read, outcome: Outcome, now: datetime
    ) -> tuple[str, tuple[Output, ...]]:
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
        if outcome.over_share and not outcome.poor:
            return await self._without_a_model(workspace, request, known, outcome, now)
        question = known.prompt.question
        records = outputs.gave_up(request, _apology(workspace, known), outcome.error, question, workspace.shards, now)
        if outcome.poor and await self._tells_the_owner(workspace, request, now):
            day, usd = day_of(now, workspace.timezone), workspace.bot.daily_budget_usd
            records = (*records, outputs.budget_spent(request, day, usd, workspace.shards, now))
        return "apology", records

    async def _without_a_model(
        self, workspace: Workspace, request: AiRequest, known: Read, outcome: Outcome, now: datetime
    ) -> tuple[str, tuple[Output, ...]]:
        """For a customer whose share is spent: the FAQ where it is sure; otherwise a person, with an apology the first
        time that day. The owner is told once a day of a customer.
        """
        question, shards = known.prompt.question, workspace.shards
        near = self.kit.faq(workspace).match(question)
        if near is not None and near.sure:
            return "faq", outputs.answered(request, near.answer, shards, now, author=Author.FAQ)
        day, calls = day_of(now, workspace.timezone), AiCalls(self.mongo, workspace.workspace)
        told = await calls.over_share(request.customer_id, *span_of(day, workspace.timezone))
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
        day = day_of(now, workspace.timezone)
        tells = await Usage(self.mongo, workspace.workspace).tells_budget_spent(day, request.id)
        if tells:
            metrics.BUDGETS_SPENT.labels(metrics.by_workspace(workspace.workspace)).inc()
            log.warning("The day's budget for models is spent", day=day, usd=str(workspace.bot.daily_budget_usd))
        return tells

    def _call(
        self,
        workspace: Workspace,
        request: AiRequest,
        outcome: Outcome,
        name: str,
        routed: Routed,
        records: tuple[Output, ...],
        cost: Decimal,
        started: datetime,
        finished: datetime,
    ) -> AiCall:
        answer, prices = outcome.answer, self.options.prices
        tokens = answer.tokens if answer else Tokens()
        chosen = routing.record(routed, workspace.bot, prices, answer.tokens if answer else None)
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


def _apology(workspace: Workspace, known: Read) -> str:
    """In the customer's language, where the workspace has not written its own."""
    return in_language("apology", workspace.bot.apology, spoken(known.language, workspace.languages))


def _count(workspace: Workspace, outcome: Outcome, cost: Decimal) -> None:
    dollars = float(cost)
    metrics.MODEL_COST.labels(outcome.answer.model if outcome.answer else "none").inc(dollars)
    metrics.WORKSPACE_COST.labels(metrics.by_workspace(workspace.workspace)).inc(dollars)


def _report(outcome: Outcome, routed: Routed, seconds: float) -> None:
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
