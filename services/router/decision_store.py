"""Stores a decision with the conversation's new state in one update, and publishes its outputs."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from services.router.state_changes import state_changes
from shared.clock import Clock
from shared.decisions.decision import Decision
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
OnDue = Callable[[datetime], None]


class DecisionStore:
    """One per router process. on_due: called with the time at which something is due in a stored conversation. All
    methods raise DependencyAway.
    """

    def __init__(self, mongo: Mongo, producer: Producer, clock: Clock, on_due: OnDue = lambda _: None) -> None:
        self._mongo = mongo
        self._producer = producer
        self._clock = clock
        self._on_due = on_due

    async def store(self, before: Conversation | None, cause: str, decision: Decision) -> RecordedDecision:
        """Store a decision on the record `cause`, made on the state `before`; return it as it is stored. Raises
        Conflict if that may not be the stored state.
        """
        state = decision.conversation
        recorded = _recorded(before, cause, decision, self._clock.now())
        await Conversations(self._mongo, state.workspace).save(state, before.version if before else 0, recorded)
        if state.due_at is not None:
            self._on_due(state.due_at)
        log.info("Decided", decision=decision.kind, note=decision.note, turn=state.turn)
        return recorded

    async def decide_and_store(
        self, workspace: str, before: Conversation | None, conversation_id: str, cause: str, decide: Decide
    ) -> tuple[RecordedDecision, Conversation | None]:
        """Decide on the record `cause` and store the decision; return the stored one, and the state with it unless
        there was a conflict.

        When another replica has changed the conversation meanwhile, decide again on the state that it stored. When it
        has decided on the same record, return its decision.
        """
        for attempt in range(ATTEMPTS):
            decision = await decide(before)
            try:
                recorded = await self.store(before, cause, decision)
            except Conflict:
                before, already = await Conversations(self._mongo, workspace).load(conversation_id, cause)
                if already is not None:
                    return already, None
            else:
                return recorded, None if attempt else decision.conversation
        raise DependencyAway("mongodb", "a conversation is being changed too often")

    async def publish(self, recorded: RecordedDecision, correlation_id: str) -> None:
        """Publish the outputs; returns when Kafka has acknowledged all of them."""
        headers = tracing.headers_for(correlation_id)
        await self._producer.send(
            [NewRecord(output.topic, output.key, output.value, headers) for output in recorded.outputs]
        )


def _recorded(before: Conversation | None, cause: str, decision: Decision, now: datetime) -> RecordedDecision:
    conversation = decision.conversation
    key = key_for(conversation.workspace, conversation.id, conversation.shards)
    return RecordedDecision(
        cause=cause,
        turn=conversation.turn,
        decision=f"{decision.kind}: {decision.note}" if decision.note else decision.kind.value,
        outputs=tuple(RecordedOutput(topic.name, key, encode(message)) for topic, message in decision.outputs),
        effects=decision.effects,
        at=now,
        changes=state_changes(before, decision),
    )
