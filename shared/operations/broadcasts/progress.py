"""The progress of a broadcast: recipients by state, and the reasons of those that got nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cachetools import LRUCache

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, RecipientState, Variant
from shared.operations.broadcasts.shared_reading import SharedReading
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.storage.documents import plain
from shared.storage.mongo import Mongo

_MOST = 1000  # broadcasts
_SPEED_OF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BroadcastProgress:
    """The progress of a broadcast. counts: recipients by state. skipped, failed: their number by reason. held_off: not
    to be retried yet. variants: the counts of both halves of a comparison; empty: it is none. speed: messages a second
    that the provider took or refused in the last minute; None: it is not running.
    """

    broadcast: Broadcast
    counts: dict[RecipientState, int]
    skipped: dict[str, int]
    failed: dict[str, int]
    held_off: DeferredRetries
    variants: dict[Variant, dict[RecipientState, int]]
    speed: float | None = None

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
            "speed": self.speed,
            "variants": {
                half.value: {one.value: count for one, count in counts.items()}
                for half, counts in self.variants.items()
            },
        }


async def read_progress(mongo: Mongo, broadcast: Broadcast, now: datetime) -> BroadcastProgress:
    """Return the progress of a broadcast. Raises DependencyAway."""
    recipients = BroadcastRecipients(mongo, broadcast.workspace)
    variants = await recipients.counts_of_variants(broadcast.id) if broadcast.other is not None else {}
    return BroadcastProgress(
        broadcast,
        _sums(variants) if variants else await recipients.counts(broadcast.id),
        await recipients.reasons(broadcast.id, RecipientState.SKIPPED),
        await recipients.reasons(broadcast.id, RecipientState.FAILED),
        await recipients.deferred_retries(broadcast.id, now),
        variants,
        await _speed(recipients, broadcast, now),
    )


async def _speed(recipients: BroadcastRecipients, broadcast: Broadcast, now: datetime) -> float | None:
    """Return the results a second of the last minute, or of the time since it began or was resumed, if that is less."""
    if broadcast.stage is not BroadcastStage.RUNNING:
        return None
    since = max(now - _SPEED_OF, broadcast.resumed_at or broadcast.frozen_at or broadcast.created_at)
    seconds = max(1.0, (now - since).total_seconds())
    return round(await recipients.results_since(broadcast.id, since) / seconds, 2)


def _sums(variants: dict[Variant, dict[RecipientState, int]]) -> dict[RecipientState, int]:
    return {one: sum(counts[one] for counts in variants.values()) for one in RecipientState}


class SharedProgress:
    """Progress of broadcasts for all viewers; made once per process.

    Viewers of the same broadcast at the same time share one reading (`SharedReading`). A reading is of one stage: after
    a change of the stage the numbers are new.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._readings: LRUCache[object, SharedReading[BroadcastProgress]] = LRUCache(_MOST)

    async def read(self, broadcast: Broadcast) -> BroadcastProgress:
        """Return the progress of a broadcast, which has just been read. Raises DependencyAway."""
        key = (broadcast.workspace, broadcast.id, broadcast.stage, broadcast.resumed_at, broadcast.total)
        reading = self._readings.get(key)
        if reading is None or self._clock.monotonic() >= reading.until:
            work = read_progress(self._mongo, broadcast, self._clock.now())
            reading = self._readings[key] = SharedReading(work, self._clock)
        return replace(await reading.result(), broadcast=broadcast)
