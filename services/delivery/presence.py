"""Mark-as-read and typing indicators: sent once, in the background."""

import asyncio

from shared.background import start_task
from shared.messages.outbound import OutboundMessage
from shared.providers.errors import SendError
from shared.providers.port import Channel, MessageSender, OutgoingMessage
from shared.telemetry import metrics

_MOST_AT_ONCE = 100
_TIMEOUT = 5.0  # seconds


class PresenceSender:
    """Sends at most a hundred at once; more than that are skipped."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def begin(self, sender: MessageSender, channel: Channel, message: OutboundMessage) -> None:
        """Send an indicator in the background."""
        if self._closed or len(self._tasks) >= _MOST_AT_ONCE:
            metrics.SENDS.labels(message.provider, "courtesy_left_out").inc()
            return
        task = start_task(_send(sender, channel, message), "courtesy")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Begin no more, and wait a second for those in flight."""
        self._closed = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _send(sender: MessageSender, channel: Channel, message: OutboundMessage) -> None:
    outcome = "courtesy"
    try:
        async with asyncio.timeout(_TIMEOUT):
            await sender.send(channel, OutgoingMessage(id=message.id, address=message.address, body=message.body))
    except (SendError, TimeoutError):
        outcome = "courtesy_failed"
    metrics.SENDS.labels(message.provider, outcome).inc()
