"""Mark-as-read and typing indicators: sent once, in the background."""

import asyncio
from collections.abc import Mapping

from services.delivery.channels.gate import ChannelGate
from shared.background import start_task
from shared.messages.inbound import Provider
from shared.providers.errors import SendError
from shared.providers.port import Channel, MessageSender, OutgoingMessage
from shared.telemetry import metrics

_MOST_AT_ONCE = 100
_TIMEOUT = 5.0  # seconds


class PresenceSender:
    """Sends at most a hundred at once; more than that are skipped."""

    def __init__(self, senders: Mapping[Provider, MessageSender], gate: ChannelGate) -> None:
        self._senders = senders
        self._gate = gate
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def begin(self, channel: Channel, indicator: OutgoingMessage) -> None:
        """Send an indicator in the background, unless this process knows that its channel is stopped or paused."""
        availability = self._gate.availability(channel)
        if availability.stopped or availability.seconds:
            return
        if self._closed or len(self._tasks) >= _MOST_AT_ONCE:
            metrics.SENDS.labels(channel.provider, "courtesy_left_out").inc()
            return
        task = start_task(_send(self._senders[channel.provider], channel, indicator), "courtesy")
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


async def _send(sender: MessageSender, channel: Channel, indicator: OutgoingMessage) -> None:
    outcome = "courtesy"
    try:
        async with asyncio.timeout(_TIMEOUT):
            await sender.send(channel, indicator)
    except (SendError, TimeoutError):
        outcome = "courtesy_failed"
    metrics.SENDS.labels(channel.provider, outcome).inc()
