"""A number whose quality drops at Meta is spared: its broadcasts pause before complaints cost it its limit."""

from shared.clock import Clock
from shared.messages.inbound import AccountEvent, Provider
from shared.phone import canonical
from shared.providers.meta.quality import Dropped, dropped
from shared.providers.port import Channel
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.directory import Directory
from shared.repositories.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)


class Quality:
    """One per process."""

    def __init__(self, mongo: Mongo, directory: Directory, clock: Clock) -> None:
        self._mongo = mongo
        self._directory = directory
        self._clock = clock

    async def on_event(self, event: AccountEvent) -> None:
        """Pause what goes out from the number. The same event once more pauses nothing that has been resumed since.

        Raises DependencyAway.
        """
        found = dropped(event.field, bytes(event.raw)) if event.provider is Provider.META else None
        if found is None:
            return
        for channel in await self._directory.by_workspace(event.workspace):
            if channel.provider is Provider.META and canonical(channel.address) == found.number:
                await self._pause(channel, found, event.id)

    async def _pause(self, channel: Channel, found: Dropped, event_id: str) -> None:
        reason = _words(channel, found)
        broadcasts = Broadcasts(self._mongo, channel.workspace)
        for id_ in await broadcasts.running(channel.id):
            if await broadcasts.pause(id_, reason, self._clock.now(), event=event_id):
                metrics.BROADCAST_PAUSES.labels("quality").inc()
                log.error("A broadcast stopped by itself", workspace_id=channel.workspace, broadcast=id_, reason=reason)


def _words(channel: Channel, found: Dropped) -> str:
    limit = f", its limit is {found.limit}" if found.limit else ""
    return f"Meta says that the quality of the number {channel.id} has dropped ({found.event}{limit})"
