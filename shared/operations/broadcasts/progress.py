"""The progress of a broadcast: recipients by state, and the reasons of those that got nothing."""

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cachetools import LRUCache

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, RecipientState, Variant
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.storage.documents import plain
from shared.storage.mongo import Mongo

_SHARED_FOR = 2.0  # seconds
_SHARED_AT_MOST = 60.0
_SHARE_OF_TIME = 20  # a reading is shared for so many times as long as it took
_MOST = 1000  # broadcasts


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
    variants = await recipients.counts_of_variants(broadcast.id) if broadcast.other is not None else {}
    return BroadcastProgress(
        broadcast,
        _sums(variants) if variants else await recipients.counts(broadcast.id),
        await recipients.reasons(broadcast.id, RecipientState.SKIPPED),
        await recipients.reasons(broadcast.id, RecipientState.FAILED),
        await recipients.deferred_retries(broadcast.id, now),
        variants,
    )


def _sums(variants: dict[Variant, dict[RecipientState, int]]) -> dict[RecipientState, int]:
    return {one: sum(counts[one] for counts in variants.values()) for one in RecipientState}


class SharedProgress:
    """Progress of broadcasts for all viewers; made once per process.

    Viewers of the same broadcast at the same time share one reading: for two seconds, or for twenty times as long as it
    took, but at most a minute. So the readings of a broadcast take a twentieth of the time or less, however many people
    look at it, unless one takes longer than three seconds. A reading is of one stage: after a change of the stage the
    numbers are new.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._readings: LRUCache[object, _Reading] = LRUCache(_MOST)

    async def read(self, broadcast: Broadcast) -> BroadcastProgress:
        """Return the progress of a broadcast, which has just been read. Raises DependencyAway."""
        key = (broadcast.workspace, broadcast.id, broadcast.stage, broadcast.resumed_at, broadcast.total)
        reading = self._readings.get(key)
        if reading is None or self._clock.monotonic() >= reading.until:
            reading = self._readings[key] = _Reading(self._mongo, broadcast, self._clock)
        return replace(await reading.progress(), broadcast=broadcast)


class _Reading:
    """A reading of a broadcast's progress. until: it is shared, in monotonic seconds; endless while it lasts."""

    def __init__(self, mongo: Mongo, broadcast: Broadcast, clock: Clock) -> None:
        self.until = math.inf
        self._clock = clock
        self._began = clock.monotonic()
        self._task = asyncio.create_task(read_progress(mongo, broadcast, clock.now()))
        self._task.add_done_callback(self._end)

    async def progress(self) -> BroadcastProgress:
        """Wait for the progress; a viewer who leaves does not end it for the others. Raises DependencyAway."""
        return await asyncio.shield(self._task)

    def _end(self, task: asyncio.Task[BroadcastProgress]) -> None:
        now = self._clock.monotonic()
        failed = task.cancelled() or task.exception() is not None
        self.until = (
            now if failed else now + min(max(_SHARED_FOR, _SHARE_OF_TIME * (now - self._began)), _SHARED_AT_MOST)
        )
