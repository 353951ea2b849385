"""The handler of `inbound.statuses`: what providers report of messages and accounts."""

import asyncio
from collections.abc import Sequence

from services.delivery.publisher import DeliveryPublisher
from services.delivery.spans import status_span
from services.delivery.statuses.account_events import AccountEventHandler
from services.delivery.statuses.batch import StatusBatches
from services.delivery.statuses.failures import FailedStatuses
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.inbound import AccountEvent, InboundStatus, StatusRecord
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import StatusOutcome
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

# A status without our id can be quicker than the provider's answer to the send, which has the provider's id.
_POLLS = 5
_POLL = 0.3  # seconds


class StatusHandler:
    """Made once per process."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        failures: FailedStatuses,
        publisher: DeliveryPublisher,
        account_events: AccountEventHandler,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._failures = failures
        self._publisher = publisher
        self._account_events = account_events
        self._batches = StatusBatches(mongo, directory, publisher)

    async def on_batch(self, records: Sequence[StatusRecord]) -> None:
        """Apply records of one workspace: many statuses at once, the others one by one. Raises DependencyAway."""
        for record in await self._batches.apply(records):
            await self.on_record(record)

    async def on_record(self, record: StatusRecord) -> None:
        """Apply a status, or an account event. Raises DependencyAway."""
        if isinstance(record, AccountEvent):
            log.info("Account event", field=record.field, channel=record.channel)
            await self._account_events.on_event(record)
            metrics.STATUSES.labels(record.provider, "account", "noted").inc()
            return
        repository = OutboundMessages(self._mongo, record.workspace)
        outcome = await self._apply(record, repository)
        result = "unmatched" if outcome is None else "advanced" if outcome.advanced else "late"
        metrics.STATUSES.labels(record.provider, record.status, result).inc()
        if outcome is not None:
            with status_span(record, outcome):
                await self._follow_up(record, outcome, repository)

    async def _apply(self, status: InboundStatus, repository: OutboundMessages) -> StatusOutcome | None:
        """Return None for a message that is not ours, such as one sent from the business's own phone."""
        outcome = await repository.status(status)
        polls = 0 if status.outbound_id else _POLLS
        while outcome is None and polls:
            with external_wait():
                await asyncio.sleep(_POLL)
            outcome = await repository.status(status)
            polls -= 1
        return outcome

    async def _follow_up(self, status: InboundStatus, outcome: StatusOutcome, repository: OutboundMessages) -> None:
        if not (outcome.advanced or outcome.known or outcome.failed or outcome.retried):
            return
        channel = await self._directory.channel(status.workspace, outcome.channel)
        if outcome.advanced or outcome.known:  # a redelivered status: its event may not have been written
            await self._publisher.status(status, outcome, channel.shards if channel else 1)
        if channel is None:
            return
        if outcome.failed:
            await self._failures.handle(status, outcome, channel, repository)
        elif outcome.retried:
            await self._failures.schedule_again(outcome, channel, repository)
