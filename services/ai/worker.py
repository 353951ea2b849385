"""Handles `ai.requests`: publishes a stored answer, or makes one, stores it and publishes it, in this order."""

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
    """Raised for a request whose workspace does not exist."""


class RequestHandler:
    """The handler of `ai.requests`."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        producer: Producer,
        answers: AnswerStore,
        answerer: Answerer,
        summariser: Summariser,
        meter: UsageMeter,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._producer = producer
        self._answers = answers
        self._answerer = answerer
        self._summariser = summariser
        self._meter = meter
        self._clock = clock
        self._erasures = ErasureGuard(mongo, clock)

    async def on_request(self, request: AiRequest) -> None:
        """Answer a conversation. Raises RetryLater, DependencyAway, UnknownWorkspace."""
        workspace = await self._workspaces.get(request.workspace)
        if workspace is None:
            raise UnknownWorkspace(request.workspace)
        if await self._erased(request):
            return
        if request.ready:
            metrics.ANSWERS.labels("ready").inc()
            await self._publish(request, outputs.prepared(request, workspace.shards))
            return
        self._retry_while_typing(request)
        reader = _HistoryReader(self._mongo, workspace, request)
        call = await self._answers.find(request.id, reader)
        if call is None:
            await self._answer(workspace, request, reader.loaded)
            return
        metrics.ANSWERS.labels("kept").inc()
        metrics.REDELIVERED.labels("ai").inc()
        tracing.current().mark_redelivered()
        await self._store_and_publish(workspace, request, call)

    async def _answer(self, workspace: Workspace, request: AiRequest, history: ConversationHistory) -> None:
        if reason := _reason_to_skip(request, history.conversation):
            metrics.ANSWERS.labels(reason).inc()
            log.info("Record skipped", reason=reason)
            return
        request_budget = self._answerer.request_budget(workspace, request)
        try:
            async with self._answers.claimed(request.id):
                made = await self._answerer.answer(workspace, request, history, request_budget)
                call = await self._answers.store(made)
            if await self._store_and_publish(workspace, request, call):
                request_budget.mark_stored()
                self._summariser.after(workspace, request)
        finally:
            request_budget.discard()

    async def _store_and_publish(self, workspace: Workspace, request: AiRequest, call: AiCall) -> bool:
        """Store and publish an answer; return False, and do neither, if the customer was erased meanwhile."""
        if await self._erased(request):
            return False
        stored = await AiCalls(self._mongo, request.workspace).add(call)
        publishing = self._publish(request, stored.outputs)
        if stored is call:  # not a redelivery
            await asyncio.gather(publishing, self._meter.count_ai(workspace, call.finished_at, Decimal(call.cost_usd)))
        else:
            await publishing
        return True

    async def _erased(self, request: AiRequest) -> bool:
        """Return whether the customer was erased after this request was made: then nothing is stored or sent."""
        erased = await self._erasures.forbid(request.workspace, request.customer_id, request.created_at)
        if erased:
            metrics.ERASED.labels("ai").inc()
            log.info("Record skipped", reason="erased")
        return erased

    def _retry_while_typing(self, request: AiRequest) -> None:
        """Raise a retry while the customer may still be writing."""
        early = (request.not_before - self._clock.now()).total_seconds() if request.not_before else 0.0
        if early > 0:
            raise RetryLater(early)

    async def _publish(self, request: AiRequest, records: tuple[RecordedOutput, ...]) -> None:
        """Publish messages before commands: what a command makes the router send comes after the answer."""
        headers = tracing.headers_for(request.correlation_id)
        commands = [record for record in records if record.topic == CONVERSATION_COMMANDS.name]
        others = [record for record in records if record.topic != CONVERSATION_COMMANDS.name]
        for part in filter(None, (others, commands)):
            await self._producer.send([NewRecord(record.topic, record.key, record.value, headers) for record in part])


@dataclass(slots=True)
class _HistoryReader:
    """Implements `StoredAnswers`: reads the stored answer together with the history that a new one needs."""

    mongo: Mongo
    workspace: Workspace
    request: AiRequest
    history: ConversationHistory | None = None

    @property
    def loaded(self) -> ConversationHistory:
        """The history; only after `kept`, which is called whenever Redis has no answer."""
        assert self.history is not None  # noqa: S101 - see above
        return self.history

    async def kept(self, request_id: str) -> AiCall | None:
        """See the port. Sets `history`."""
        request = self.request
        self.history = await ConversationHistories(self.mongo, request.workspace).read(
            request.conversation_id,
            request.customer_id,
            turn=request.turn,
            limit=self.workspace.bot.history,
            request_id=request_id,
        )
        return self.history.kept


def _reason_to_skip(request: AiRequest, conversation: Conversation | None) -> str:
    """Return why no answer is needed: a later request covers these messages, or an agent has taken over; empty: one
    is."""
    if conversation is None:
        return ""
    if conversation.mode is Mode.HUMAN:
        return "silenced"
    later = conversation.fragments
    covers = later is not None and later.request_id != request.id and request.message_ids
    return "superseded" if later and covers and set(request.message_ids) <= set(later.message_ids) else ""
