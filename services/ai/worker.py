"""Handles `ai.requests`: publishes a stored answer, or makes one, stores it and publishes it.

An answer is kept in Redis before it is published, and stored in MongoDB meanwhile; without Redis it is stored in
MongoDB first. If the process dies in between, the redelivered request publishes the same answer. If Redis has lost it
by then as well, a model is paid once more, for messages of the same ids.
"""

import asyncio
from decimal import Decimal

from services.ai import outputs
from services.ai.answer_store import AnswerStore
from services.ai.answerer import Answerer
from services.ai.gate.call_scripts import AlreadyAnswered, ClaimedElsewhere
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

# Of an answer that the first call gives, in order. The workspace, its tombstones and its month's costs are cached for
# seconds, and the cost of the month is counted with those of other answers before a commit.
ROUND_TRIPS = (
    ("mongodb", "read the history, with the stored answer if there is one"),
    ("redis", "claim the request, look for a kept answer, choose the model, ask its breaker, reserve the cost"),
    ("model", "call it"),
    ("redis", "keep the answer, record the call in the breaker, settle the cost, release the claim"),
    ("kafka", "publish the answer"),
    ("mongodb", "store the call with its answer, while it is published"),
)


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
        await self._answer_once(workspace, request)

    async def _answer_once(self, workspace: Workspace, request: AiRequest, *, without_claim: bool = False) -> None:
        """Publish the stored answer, or make one. without_claim: the answer is made without a claim, because another
        replica holds it too long or Redis is away.
        """
        history = await self._history(workspace, request)
        if history.kept is not None:
            _count_redelivery()
            if not await self._erased(request):
                await self._publish(request, history.kept.outputs)
            return
        try:
            if reason := _reason_to_skip(request, history.conversation):
                await self._skip(request, reason)
                return
            await self._make_answer(workspace, request, history, without_claim=without_claim)
        except AlreadyAnswered as found:
            _count_redelivery()
            await self._store_and_publish(workspace, request, found.call, in_redis=True)
        except ClaimedElsewhere:
            may_claim = await self._answers.wait(request.id)
            await self._answer_once(workspace, request, without_claim=not may_claim)

    async def _skip(self, request: AiRequest, reason: str) -> None:
        """Raise AlreadyAnswered if the request was answered before there was a reason to skip it."""
        if (call := await self._answers.find(request.id)) is not None:
            raise AlreadyAnswered(call)
        metrics.ANSWERS.labels(reason).inc()
        log.info("Record skipped", reason=reason)

    async def _make_answer(
        self, workspace: Workspace, request: AiRequest, history: ConversationHistory, *, without_claim: bool
    ) -> None:
        gate = self._answerer.gate(workspace, request, self._answers.claim(request.id), without_claim=without_claim)
        try:
            with self._answers.claimed(request.id):
                made = await self._answerer.answer(workspace, request, history, gate)
                call, in_redis = await gate.finish(made)
            if await self._store_and_publish(workspace, request, call, in_redis=in_redis):
                gate.request_budget.mark_stored()
                self._summariser.after(workspace, request)
        finally:
            gate.request_budget.discard()

    async def _store_and_publish(
        self, workspace: Workspace, request: AiRequest, call: AiCall, *, in_redis: bool
    ) -> bool:
        """Store and publish an answer; return False, and do neither, if the customer was erased meanwhile."""
        if await self._erased(request):
            return False
        if in_redis:
            await asyncio.gather(self._publish(request, call.outputs), self._store(workspace, call))
        else:
            await self._publish(request, (await self._store(workspace, call)).outputs)
        return True

    async def _store(self, workspace: Workspace, call: AiCall) -> AiCall:
        """Store a call and count its cost; return the one that MongoDB has: an earlier one is counted already."""
        stored = await AiCalls(self._mongo, call.workspace).add(call)
        if stored is call:
            await self._meter.count_ai(workspace, call.finished_at, Decimal(call.cost_usd))
        return stored

    async def _history(self, workspace: Workspace, request: AiRequest) -> ConversationHistory:
        return await ConversationHistories(self._mongo, request.workspace).read(
            request.conversation_id,
            request.customer_id,
            turn=request.turn,
            limit=workspace.bot.history,
            request_id=request.id,
            message=request.message,
        )

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


def _count_redelivery() -> None:
    metrics.ANSWERS.labels("kept").inc()
    metrics.REDELIVERED.labels("ai").inc()
    tracing.current().mark_redelivered()


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
