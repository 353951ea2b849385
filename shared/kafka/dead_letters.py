"""Writes to `dead.letters`; `parley dlq` lists, shows and replays dead letters."""

from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import to_record
from shared.kafka.dead_letter_log import DeadLetterLog
from shared.kafka.ports import Producer
from shared.kafka.records import Record
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.telemetry import metrics, tracing
from shared.topics import DEAD_LETTERS


class DeadLetters:
    """Writes dead letters. service: named as the origin of all dead letters."""

    def __init__(self, service: str, producer: Producer, clock: Clock) -> None:
        self._service = service
        self._producer = producer
        self._clock = clock
        self._log = DeadLetterLog(clock)
        for reason in DeadLetterReason:  # from 0, so that Prometheus sees the first ones as an increase
            metrics.DEAD_LETTERS.labels(service, reason)

    async def from_record(
        self, record: Record, reason: DeadLetterReason, detail: str, workspace: str, correlation_id: str
    ) -> None:
        """Write a Kafka record as a dead letter, with the same id after a redelivery. Raises DependencyAway."""
        letter_id = ids.dead_letter_id(record.topic, record.partition, record.offset, reason)
        await self.put(
            DeadLetter(
                id=letter_id,
                workspace=workspace,
                correlation_id=correlation_id or ids.correlation_id(letter_id),
                created_at=self._clock.now(),
                reason=reason,
                detail=detail[:2000].encode(errors="replace").decode(),
                origin=RecordOrigin(
                    service=self._service, topic=record.topic, partition=record.partition, offset=record.offset
                ),
                payload=record.value,
                replay_topic=record.topic,
                key=record.key,
                headers=tracing.link_headers(record.headers),
            )
        )

    async def put(self, letter: DeadLetter) -> None:
        """Write a dead letter. Raises DependencyAway."""
        await self._producer.send([to_record(DEAD_LETTERS, letter, headers=tracing.headers_for(letter.correlation_id))])
        metrics.DEAD_LETTERS.labels(self._service, letter.reason).inc()
        self._log.warn(
            letter.workspace,
            dead_letter_id=letter.id,
            reason=letter.reason,
            detail=letter.detail,
            origin_topic=letter.origin.topic,
        )
