"""Stores a decision with the conversation's new state in one update, and publishes its outputs."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from services.router.decision import Decision
from shared.clock import Clock
from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.errors import Conflict, DependencyAway
from shared.kafka.codec import encode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.repositories.conversations import Conversations
from shared.storage.mongo import Mongo
from shared.telemetry import logging, tracing
from shared.topics import key_for

log = logging.get(__name__)

ATTEMPTS = 5
"""Attempts to decide on a record whose conversation other replicas change at the same time."""

Decide = Callable[[Conversation | None], Awaitable[Decision]]


class DecisionStore:
    """One per router process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, producer: Producer, clock: Clock) -> None:
        self._mongo = mongo
        self._producer = producer
        self._clock = clock

    async def decide_and_store(
        self, workspace: str, before: Conversation | None, conversation_id: str, cause: str, decide: Decide
    ) -> RecordedDecision:
        """Decide on the record `cause` and store the decision; return the stored one.

        When another replica has changed the conversation meanwhile, decide again on the state that it stored. When it
        has decided on the same record, return its decision.
        """
        conversations = Conversations(self._mongo, workspace)
        for _ in range(ATTEMPTS):
            decision = await decide(before)
            recorded = _recorded(cause, decision, self._clock.now())
            try:
                await conversations.save(decision.conversation, before.version if before else 0, recorded)
            except Conflict:
                before, already = await conversations.load(conversation_id, cause)
                if already is not None:
                    return already
            else:
                log.info("Decided", decision=decision.kind, note=decision.note, turn=decision.conversation.turn)
                return recorded
        raise DependencyAway("mongodb", "a conversation is being changed too often")

    async def publish(self, recorded: RecordedDecision, correlation_id: str) -> None:
        """Publish the outputs; returns when Kafka has acknowledged all of them."""
        headers = tracing.headers_for(correlation_id)
        await self._producer.send(
            [NewRecord(output.topic, output.key, output.value, headers) for output in recorded.outputs]
        )


def _recorded(cause: str, decision: Decision, now: datetime) -> RecordedDecision:
    conversation = decision.conversation
    key = key_for(conversation.workspace, conversation.id, conversation.shards)
    return RecordedDecision(
        cause=cause,
        turn=conversation.turn,
        decision=f"{decision.kind}: {decision.note}" if decision.note else decision.kind.value,
        outputs=tuple(RecordedOutput(topic.name, key, encode(message)) for topic, message in decision.outputs),
        effects=decision.effects,
        at=now,
    )
