"""Handles statuses that wait together: one update of each message, and one event with its highest status."""

from collections.abc import Iterable, Sequence

from services.delivery.publisher import DeliveryPublisher
from services.delivery.spans import status_span
from shared.kafka.records import NewRecord
from shared.messages.inbound import InboundStatus, Status, StatusRecord
from shared.messages.outbound import status_rank
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import StatusOutcome
from shared.storage.mongo import Mongo
from shared.telemetry import metrics

Applied = tuple[InboundStatus, StatusOutcome]


class StatusBatches:
    """Made once per process."""

    def __init__(self, mongo: Mongo, directory: Directory, publisher: DeliveryPublisher) -> None:
        self._mongo = mongo
        self._directory = directory
        self._publisher = publisher

    async def apply(self, records: Sequence[StatusRecord]) -> list[StatusRecord]:
        """Apply what can be applied together, of one workspace; return what is left, in order, for one by one.

        Left are account events, failures, statuses without our id or of unknown messages, and all others of the same
        messages. Raises DependencyAway. A redelivery changes nothing, and publishes the highest status again.
        """
        together = [status for status in _without_failures(records) if status.outbound_id]
        if len(together) < 2:
            return list(records)
        messages = OutboundMessages(self._mongo, together[0].workspace)
        outcomes = await messages.apply_statuses(together)
        applied = [(status, outcome) for status, outcome in zip(together, outcomes, strict=True) if outcome]
        for status, outcome in applied:
            result = "advanced" if outcome.advanced else "late"
            metrics.STATUSES.labels(status.provider, status.status, result).inc()
        events = await self._events(applied)
        if events:
            await self._publisher.send_statuses(events)
        done = {status.id for status, _ in applied}
        return [record for record in records if record.id not in done]

    async def _events(self, applied: Sequence[Applied]) -> list[NewRecord]:
        """Return one event for each message whose highest status advanced it, or has done so before: its event may not
        have been written then.
        """
        highest: dict[str, InboundStatus] = {}
        for status, outcome in sorted(applied, key=lambda one: status_rank(one[0].status)):
            if outcome.advanced or outcome.known:
                highest[outcome.id] = status
        events: list[NewRecord] = []
        for status, outcome in applied:
            channel = await self._directory.channel(status.workspace, outcome.channel)
            with status_span(status, outcome):
                if highest.get(outcome.id) is status:
                    events.append(self._publisher.status_record(status, outcome, channel.shards if channel else 1))
        return events


def _without_failures(records: Iterable[StatusRecord]) -> list[InboundStatus]:
    """Return the statuses of messages that have only statuses with our id that report no failure."""
    statuses = [record for record in records if isinstance(record, InboundStatus)]
    alone = {
        status.provider_message_id for status in statuses if status.status is Status.FAILED or not status.outbound_id
    }
    return [status for status in statuses if status.provider_message_id not in alone]
