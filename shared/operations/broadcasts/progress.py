"""The progress of a broadcast: recipients by state, and the reasons of those that got nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.broadcast import Broadcast, BroadcastStage, RecipientState, Variant
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.storage.documents import plain
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True)
class BroadcastProgress:
    """The progress of a broadcast. counts: recipients by state. skipped, failed: their number by reason. held_off: not
    to be retried yet. variants: the counts of both halves of a comparison; empty: it is none.
    """

    broadcast: Broadcast
    counts: dict[RecipientState, int]
    skipped: dict[str, int]
    failed: dict[str, int]
    held_off: DeferredRetries
    variants: dict[Variant, dict[RecipientState, int]]

    @property
    def total(self) -> int:
        """The number of recipients."""
        return sum(self.counts.values())

    @property
    def finished(self) -> int:
        """The number of recipients that are done."""
        return self.total - self.counts[RecipientState.PENDING] - self.counts[RecipientState.QUEUED]

    @property
    def over(self) -> bool:
        """True if the broadcast has ended or is paused."""
        return self.broadcast.stage not in (BroadcastStage.SCHEDULED, BroadcastStage.RUNNING)

    def document(self) -> dict[str, Any]:
        """Return the progress as plain values."""
        return {
            **plain(self.broadcast),
            "recipients": self.total,
            "counts": {one.value: count for one, count in self.counts.items()},
            "skipped": self.skipped,
            "failed": self.failed,
            "held_off": plain(self.held_off),
            "variants": {
                half.value: {one.value: count for one, count in counts.items()}
                for half, counts in self.variants.items()
            },
        }


async def read_progress(mongo: Mongo, broadcast: Broadcast, now: datetime) -> BroadcastProgress:
    """Return the progress of a broadcast. Raises DependencyAway."""
    recipients = BroadcastRecipients(mongo, broadcast.workspace)
    halves = tuple(Variant) if broadcast.other is not None else ()
    return BroadcastProgress(
        broadcast,
        await recipients.counts(broadcast.id),
        await recipients.reasons(broadcast.id, RecipientState.SKIPPED),
        await recipients.reasons(broadcast.id, RecipientState.FAILED),
        await recipients.deferred_retries(broadcast.id, now),
        {half: await recipients.counts(broadcast.id, half) for half in halves},
    )
