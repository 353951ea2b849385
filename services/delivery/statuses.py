"""What providers say became of our messages, and of the accounts."""

import asyncio

from services.delivery.report import Reporter
from shared.messages.inbound import AccountEvent, InboundStatus, StatusRecord
from shared.repositories.mongo import Mongo
from shared.repositories.outbound import OutboundMessages, StatusOutcome
from shared.telemetry import logging, metrics

log = logging.get(__name__)

# A status without our id can be quicker than the provider's answer to the send, which tells us the provider's id.
_LOOKS = 5
_LOOK_EVERY = 0.3


class Statuses:
    """The handler of `inbound.statuses`."""

    def __init__(self, mongo: Mongo, reporter: Reporter) -> None:
        self._mongo = mongo
        self._reporter = reporter

    async def on_record(self, record: StatusRecord) -> None:
        """A status, or an account event. Raises DependencyAway."""
        if isinstance(record, AccountEvent):
            log.info("Account event", field=record.field, channel=record.channel)
            metrics.STATUSES.labels(record.provider, "account", "noted").inc()
            return
        outcome = await self._apply(record)
        what = "unmatched" if outcome is None else "advanced" if outcome.advanced else "late"
        metrics.STATUSES.labels(record.provider, record.status, what).inc()
        if outcome is not None and outcome.advanced:
            await self._reporter.status(record, outcome)

    async def _apply(self, status: InboundStatus) -> StatusOutcome | None:
        """None: not a message of ours, such as one sent from the business's own phone."""
        repository = OutboundMessages(self._mongo, status.workspace)
        outcome = await repository.status(status)
        looks = 0 if status.outbound_id else _LOOKS
        while outcome is None and looks:
            await asyncio.sleep(_LOOK_EVERY)
            outcome = await repository.status(status)
            looks -= 1
        return outcome
