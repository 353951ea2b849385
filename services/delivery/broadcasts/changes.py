"""Reports the progress of broadcasts by events, at most one a second for each broadcast."""

from cachetools import LRUCache, TTLCache

from services.delivery.publisher import DeliveryPublisher
from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.messages.events import EventKind

_EVERY = 1.0  # seconds
_MOST = 10_000  # broadcasts


class BroadcastChanges:
    """Made once per process."""

    def __init__(self, publisher: DeliveryPublisher, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock
        self._reported: TTLCache[tuple[str, BroadcastStage], bool] = TTLCache(_MOST, _EVERY, timer=clock.monotonic)
        self._stages: LRUCache[str, BroadcastStage] = LRUCache(_MOST)  # those last reported
        self._unreported: LRUCache[str, bool] = LRUCache(_MOST)  # changes within a second of the last report

    async def report(self, broadcast: Broadcast, *, changed: bool) -> None:
        """Publish that a broadcast has changed, unless it was published within the last second in the same stage.

        The engine looks at a broadcast again after its stage has changed, so every stage is reported; a change that was
        held back is reported at the next look. Raises DependencyAway.
        """
        key = (broadcast.id, broadcast.stage)
        if not changed and broadcast.id not in self._unreported and self._stages.get(broadcast.id) is broadcast.stage:
            return
        if key in self._reported:
            self._unreported[broadcast.id] = True
            return
        self._reported[key], self._stages[broadcast.id] = True, broadcast.stage
        self._unreported.pop(broadcast.id, None)
        cause = f"{broadcast.id}:{self._clock.now().isoformat()}"
        await self._publisher.changed(
            EventKind.BROADCAST_CHANGED, broadcast.workspace, cause, detail=broadcast.id, channel=broadcast.channel
        )
