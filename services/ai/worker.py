"""Answers requests: what was kept, or the context, the model, and then keep, record and publish, in this order."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.ai import context, outputs
from services.ai.answer import Outcome, get_answer
from services.ai.checks.kept import RulesKept
from services.ai.guard import for_customer
from services.ai.kept import Kept
from services.ai.models import Model
from services.ai.prices import Prices, Tokens
from services.ai.stalls import Stalls
from shared.clock import Clock
from shared.conversation import Mode, Output
from shared.erasure import Erasures
from shared.errors import DependencyAway, TryLater
from shared.kafka.codec import Undecodable, decode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord, Record
from shared.messages.ai import AiRequest
from shared.messages.outbound import OutboundMessage, TextBody
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.mongo import Mongo
from shared.repositories.outbound import OutboundMessages, Said
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.telemetry import logging, metrics, tracing
from shared.topics import OUTBOUND_MESSAGES
from shared.workspace import Workspace

log = logging.get(__name__)

_SPENT = "what models may cost in this month is spent"
_PATIENCE = 10  # deadlines after which a process that stands still again and again apologises all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """deadline: seconds for an answer with everything in it. max_tokens: of the answer."""

    deadline: float
    max_tokens: int
    prices: Prices


class UnknownWorkspace(Exception):
    """A request of a workspace that does not exist (any more)."""


class Orchestrator:
    """The handler of `ai.requests`."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        producer: Producer,
        kept: Kept,
        model: Model,
        options: Options,
        stalls: Stalls,
        clock: Clock,
    ) -> None:
        self._stalls = stalls
        self._mongo = mongo
        self._workspaces = workspaces
        self._producer = producer
        self._kept = kept
        self._model = model
        self._options = options
        self._clock = clock
        self._erasures = Erasures(mongo, clock)
        self._meter = UsageMeter(mongo, clock)
        self._rules = RulesKept(context.INSTRUCTIONS)

    async def on_request(self, request: AiRequest) -> None:
        """A conversation needs an answer."""
        workspace = await self._workspaces.get(request.workspace)
        if workspace is None:
            raise UnknownWorkspace(request.workspace)
        if await self._erased(request):
            return
        if request.ready:
            metrics.ANSWERS.labels("ready").inc()
            await self._publish(request, outputs.ready(request, workspace.shards))
            return
        self._wait_for_more(request)
        calls = AiCalls(self._mongo, request.workspace)
        call = await self._kept.find(request.id, calls)
        if call is None:
            if outcome := await self._not_wanted(request):
                metrics.ANSWERS.labels(outcome).inc()
                log.info("Left out", reason=outcome)
                return
            async with self._kept.held(request.id):
                call = await self._kept.keep(await self._answer(workspace, request, calls))
        else:
            metrics.ANSWERS.labels("kept").inc()
            metrics.REDELIVERED.labels("ai").inc()
        if await self._erased(request):  # while the model was at work
            return
        stored = await calls.add(call)
        if stored is call:  # for the first time
            await self._meter.count_ai(workspace, call.finished_at, Decimal(call.cost_usd))
        await self._publish(request, stored.outputs)

    async def _erased(self, request: AiRequest) -> bool:
        """Whether the customer has been erased since; then nothing may be stored or said any more."""
        erased = await self._erasures.forbid(request.workspace, request.customer_id, request.created_at)
        if erased:
            metrics.ERASED.labels("ai").inc()
            log.info("Left out", reason="erased")
        return erased

    def _wait_for_more(self, request: AiRequest) -> None:
        """The customer may be writing on. Raises TryLater."""
        early = (request.not_before - self._clock.now()).total_seconds() if request.not_before else 0.0
        if early > 0:
            raise TryLater(early)

    async def _not_wanted(self, request: AiRequest) -> str:
        """Why no answer is to be made: a later request answers these messages too, or a person has taken over."""
        conversation = await Conversations(self._mongo, request.workspace).get(request.conversation_id)
        if conversation is None:
            return ""
        if conversation.mode is Mode.HUMAN:
            return "silenced"
        later = conversation.fragments
        covers = later is not None and later.request_id != request.id and request.message_ids
        return "superseded" if later and covers and set(request.message_ids) <= set(later.message_ids) else ""

    async def _publish(self, request: AiRequest, records: tuple[Output, ...]) -> None:
        headers = tracing.headers_for(request.correlation_id)
        await self._producer.send([NewRecord(record.topic, record.key, record.value, headers) for record in records])

    async def _answer(self, workspace: Workspace, request: AiRequest, calls: AiCalls) -> AiCall:
        started, began = self._clock.now(), self._clock.monotonic()
        prompt = await self._prompt(workspace, request, calls)
        if await self._meter.ai_exceeded(workspace, started):
            outcome = Outcome(answer=None, attempts=0, error=_SPENT)
        else:
            outcome = await get_answer(
                self._model,
                prompt,
                models=(workspace.bot.fast_model, workspace.bot.smart_model),
                max_tokens=self._options.max_tokens,
                deadline=self._options.deadline,
            )
        now = self._clock.now()
        waited = (now - request.created_at).total_seconds()
        if outcome.timed_out and self._stalls.since(began) and waited < _PATIENCE * self._options.deadline:
            raise DependencyAway("ai", "this process stood still while it waited for a model")
        if outcome.answer is not None:
            records = outputs.answered(request, for_customer(outcome.answer.text), workspace.shards, now)
        else:
            records = outputs.gave_up(
                request, workspace.bot.apology, outcome.error, prompt.question, workspace.shards, now
            )
        metrics.ANSWERS.labels("answered" if outcome.answer else "apology").inc()
        log.info(
            "Answered" if outcome.answer else "Apologised",
            model=outcome.answer.model if outcome.answer else "",
            attempts=outcome.attempts,
            seconds=round((now - started).total_seconds(), 3),
            reason=outcome.error,
        )
        return _call(request, outcome, records, self._options.prices, workspace.bot.fast_model, started, now)

    async def _prompt(self, workspace: Workspace, request: AiRequest, calls: AiCalls) -> context.Prompt:
        limit = workspace.bot.history
        heard, said, answers, customer, conversation = await asyncio.gather(
            InboundMessages(self._mongo, request.workspace).last(
                request.conversation_id, up_to_turn=request.turn, limit=limit
            ),
            OutboundMessages(self._mongo, request.workspace).last(
                request.conversation_id, before_turn=request.turn, limit=limit
            ),
            # Our own last answers may not have reached delivery yet.
            calls.last(request.conversation_id, before_turn=request.turn, limit=2),
            Customers(self._mongo, request.workspace).get(request.customer_id),
            Conversations(self._mongo, request.workspace).get(request.conversation_id),
        )
        known = {item.id for item in said}
        return context.build(
            workspace,
            heard,
            [*said, *(item for item in _said(answers) if item.id not in known)],
            brief=request.brief,
            customer=customer,
            cart=conversation.cart if conversation is not None else (),
            rules=self._rules.of(workspace),
        )


def _call(
    request: AiRequest,
    outcome: Outcome,
    records: tuple[Output, ...],
    prices: Prices,
    model: str,
    started: datetime,
    finished: datetime,
) -> AiCall:
    answer = outcome.answer
    tokens = answer.tokens if answer else Tokens()
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
        model=answer.model if answer else model,
        outcome="answered" if answer else "apology",
        attempts=outcome.attempts,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=tokens.cache_write,
        error=outcome.error,
        cost_usd=format(prices.cost(outcome.spent), "f"),
        prices=prices.version,
    )


def _said(records: list[Output]) -> list[Said]:
    said = []
    for record in records:
        if record.topic != OUTBOUND_MESSAGES.name:
            continue
        try:
            message: OutboundMessage = decode(Record(record.topic, 0, 0, record.key, record.value))
        except Undecodable:
            continue
        if isinstance(message.body, TextBody):
            said.append(
                Said(
                    id=message.id,
                    turn=message.turn,
                    index=message.index,
                    text=message.body.body,
                    author=message.author.value,
                )
            )
    return said
