"""Dead letters of calls that are given up; `parley dlq replay` has them made again."""

from datetime import datetime

from services.delivery.webhooks_out.call_log import WebhookCallLog
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import encode
from shared.kafka.dead_letters import DeadLetters
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_log import GIVEN_UP
from shared.telemetry import metrics
from shared.topics import CONVERSATION_EVENTS, WEBHOOKS_REPLAY, key_for


class WebhookDeadLetters:
    """Made once per process. Raises DependencyAway."""

    def __init__(self, dead_letters: DeadLetters, clock: Clock, log: WebhookCallLog) -> None:
        self._dead_letters = dead_letters
        self._clock = clock
        self._log = log

    async def put(self, delivery: WebhookDelivery, since: datetime, why: str) -> None:
        """Write the dead letter of a call. since: when the call was first due, or due again after a replay: each time
        it is another dead letter.
        """
        await self._dead_letters.put(
            DeadLetter(
                id=ids.derived_id("dead-letter", delivery.id, since.isoformat()),
                workspace=delivery.workspace,
                correlation_id=delivery.correlation_id,
                created_at=self._clock.now(),
                reason=DeadLetterReason.WEBHOOK_FAILED,
                detail=f"webhook {delivery.webhook}: {why}",
                origin=RecordOrigin(service="delivery", topic=CONVERSATION_EVENTS.name),
                payload=encode(delivery),
                replay_topic=WEBHOOKS_REPLAY.name,
                key=key_for(delivery.workspace),
            )
        )
        self._log.note(delivery, GIVEN_UP, error=why)
        metrics.WEBHOOK_CALLS.labels("given_up").inc()
