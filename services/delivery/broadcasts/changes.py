"""Reports the progress of broadcasts by events, at most one a second for each broadcast."""

from cachetools import TTLCache

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

    async def report(self, broadcast: Broadcast) -> None:
        """Publish that a broadcast was advanced, unless it was published within the last second in the same stage.

        The engine looks at a broadcast again after its stage has changed, so every stage is reported. Raises
        DependencyAway.
        """
        key = (broadcast.id, broadcast.stage)
        if key in self._reported:
            return
        self._reported[key] = True
        cause = f"{broadcast.id}:{self._clock.now().isoformat()}"
        await self._publisher.changed(
            EventKind.BROADCAST_CHANGED, broadcast.workspace, cause, detail=broadcast.id, channel=broadcast.channel
        )
