"""Counts of many broadcasts, for lists."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from cachetools import LRUCache

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, RecipientState
from shared.errors import TookTooLong
from shared.operations.broadcasts.shared_reading import SharedReading
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.storage.mongo import Mongo

Counts = dict[RecipientState, int]

_MOST = 5000  # broadcasts
_AT_ONCE = 4
_SETTLED_AFTER = timedelta(days=7)  # from its end on, few messages are still read
_SETTLED_FOR = 3600.0  # seconds
_UNCOUNTED = (BroadcastStage.MAKING, BroadcastStage.DRAFT)


class SharedCounts:
    """Recipients of broadcasts by state, for all viewers; made once per process.

    Counting half a million recipients takes a second, so a list waits only a moment for those that are not known; they
    are counted meanwhile, a few at a time, and the next reading has them.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._readings: LRUCache[object, SharedReading[Counts]] = LRUCache(_MOST)

    async def read(self, broadcasts: Sequence[Broadcast], *, within: float | None = 1.0) -> dict[str, Counts]:
        """Return the counts by broadcast, without those of drafts, and those that take too long or longer than `within`
        seconds; None: wait for all. Raises DependencyAway.
        """
        readings = {one.id: self._reading(one) for one in broadcasts if one.stage not in _UNCOUNTED}
        if readings:
            await asyncio.wait([one.task for one in readings.values()], timeout=within)
        done = {id_: one.task for id_, one in readings.items() if one.task.done()}
        return {id_: task.result() for id_, task in done.items() if not isinstance(task.exception(), TookTooLong)}

    def _reading(self, broadcast: Broadcast) -> SharedReading[Counts]:
        key = (broadcast.workspace, broadcast.id, broadcast.stage, broadcast.resumed_at, broadcast.total)
        reading = self._readings.get(key)
        if reading is None or self._clock.monotonic() >= reading.until:
            ended = broadcast.finished_at
            settled = ended is not None and self._clock.now() - ended > _SETTLED_AFTER
            work = self._count(broadcast)
            reading = SharedReading(work, self._clock, _SETTLED_FOR) if settled else SharedReading(work, self._clock)
            self._readings[key] = reading
        return reading

    async def _count(self, broadcast: Broadcast) -> Counts:
        async with self._slots:
            return await BroadcastRecipients(self._mongo, broadcast.workspace).counts(broadcast.id)
