"""Answers requests: what was kept, or the context, the model, and then keep, record and publish, in this order."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from services.ai import outputs
from services.ai.answer_store import AnswerStore
from services.ai.answerer import Answerer
from services.ai.summaries.summariser import Summariser
from shared.clock import Clock
from shared.domain.conversation import Conversation, Mode, RecordedOutput
from shared.errors import RetryLater
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.ai import AiRequest
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversation_history import ConversationHistories, ConversationHistory
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics, tracing
from shared.topics import CONVERSATION_COMMANDS
from shared.workspace.config import Workspace

log = logging.get(__name__)


class UnknownWorkspace(Exception):
    """A request of a workspace that does not exist (any more)."""


class RequestHandler:
    """The handler of `ai.requests`."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        producer: Producer,
        kept: AnswerStore,
        thinking: Answerer,
        summariser: Summariser,
        meter: UsageMeter,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._producer = producer
        self._kept = kept
        self._thinking = thinking
        self._summariser = summariser
        self._meter = meter
        self._clock = clock
        self._erasures = ErasureGuard(mongo, clock)

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
        reading = _Reading(self._mongo, workspace, request)
        call = await self._kept.find(request.id, reading)
        if call is None:
            await self._answer(workspace, request, reading.found)
            return
        metrics.ANSWERS.labels("kept").inc()
        metrics.REDELIVERED.labels("ai").inc()
        tracing.current().mark_redelivered()
        await self._out(workspace, request, call)

    async def _answer(self, workspace: Workspace, request: AiRequest, past: ConversationHistory) -> None:
        if outcome := _not_wanted(request, past.conversation):
            metrics.ANSWERS.labels(outcome).inc()
            log.info("Left out", reason=outcome)
            return
        request_budget = self._thinking.request_budget(workspace, request)
        try:
            async with self._kept.claimed(request.id):
                made = await self._thinking.answer(workspace, request, past, request_budget)
                call = await self._kept.store(made)
            if await self._out(workspace, request, call):
                request_budget.mark_stored()
                self._summariser.after(workspace, request)
        finally:
            request_budget.discard()

    async def _out(self, workspace: Workspace, request: AiRequest, call: AiCall) -> bool:
        """Store and publish an answer, unless the customer was erased while the model was at work; whether it was."""
        if await self._erased(request):
            return False
        stored = await AiCalls(self._mongo, request.workspace).add(call)
        publishing = self._publish(request, stored.outputs)
        if stored is call:  # for the first time
            await asyncio.gather(publishing, self._meter.count_ai(workspace, call.finished_at, Decimal(call.cost_usd)))
        else:
            await publishing
        return True

    async def _erased(self, request: AiRequest) -> bool:
        """Whether the customer has been erased since; then nothing may be stored or said any more."""
        erased = await self._erasures.forbid(request.workspace, request.customer_id, request.created_at)
        if erased:
            metrics.ERASED.labels("ai").inc()
            log.info("Left out", reason="erased")
        return erased

    def _wait_for_more(self, request: AiRequest) -> None:
        """The customer may be writing on. Raises RetryLater."""
        early = (request.not_before - self._clock.now()).total_seconds() if request.not_before else 0.0
        if early > 0:
            raise RetryLater(early)

    async def _publish(self, request: AiRequest, records: tuple[RecordedOutput, ...]) -> None:
        """What is said first: what a command makes the router say comes behind it."""
        headers = tracing.headers_for(request.correlation_id)
        commands = [record for record in records if record.topic == CONVERSATION_COMMANDS.name]
        others = [record for record in records if record.topic != CONVERSATION_COMMANDS.name]
        for part in filter(None, (others, commands)):
            await self._producer.send([NewRecord(record.topic, record.key, record.value, headers) for record in part])


@dataclass(slots=True)
class _Reading:
    """Implements `Stored`: what is kept of the request is read together with the past that an answer would need."""

    mongo: Mongo
    workspace: Workspace
    request: AiRequest
    past: ConversationHistory | None = None

    @property
    def found(self) -> ConversationHistory:
        """After `kept`, which is asked whenever Redis has no answer."""
        assert self.past is not None  # noqa: S101 - see above
        return self.past

    async def kept(self, request_id: str) -> AiCall | None:
        """See the port. `past` is known from then on."""
        request = self.request
        self.past = await ConversationHistories(self.mongo, request.workspace).of(
            request.conversation_id,
            request.customer_id,
            turn=request.turn,
            limit=self.workspace.bot.history,
            request_id=request_id,
        )
        return self.past.kept


def _not_wanted(request: AiRequest, conversation: Conversation | None) -> str:
    """Why no answer is to be made: a later request answers these messages too, or a person has taken over."""
    if conversation is None:
        return ""
    if conversation.mode is Mode.HUMAN:
        return "silenced"
    later = conversation.fragments
    covers = later is not None and later.request_id != request.id and request.message_ids
    return "superseded" if later and covers and set(request.message_ids) <= set(later.message_ids) else ""
