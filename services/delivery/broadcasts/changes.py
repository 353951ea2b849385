"""Reports the progress of broadcasts by events, at most one a second for each broadcast.

The engine schedules a broadcast's next look only after its report, so a report that failed is made again: by this
process, which remembers it, or by one that remembers nothing of the broadcast.
"""

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
        self._unreported: LRUCache[str, bool] = LRUCache(_MOST)  # changes that are still to be reported

    async def report(self, broadcast: Broadcast, *, changed: bool) -> bool:
        """Publish that a broadcast has changed, unless it was published within the last second in the same stage.
        Return True when a change was held back: another look is to follow within a second.

        The engine looks at a broadcast again after its stage has changed, so every stage is reported. Raises
        DependencyAway; the change is reported at the next look.
        """
        id_, stage = broadcast.id, broadcast.stage
        if not changed and id_ not in self._unreported and self._stages.get(id_) is stage:
            return False
        self._unreported[id_] = True
        if (id_, stage) in self._reported:
            return True
        cause = f"{id_}:{self._clock.now().isoformat()}"
        await self._publisher.changed(
            EventKind.BROADCAST_CHANGED, broadcast.workspace, cause, detail=id_, channel=broadcast.channel
        )
        self._reported[id_, stage], self._stages[id_] = True, stage
        self._unreported.pop(id_, None)
        return False
