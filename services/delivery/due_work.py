"""Watches for work that no record starts, once a second for all kinds together, so that a process without such work
makes one small query a second.
"""

import asyncio

from services.delivery.channels.gate import ChannelGate
from shared.clock import Clock
from shared.periodic import repeat
from shared.repositories.due_work import find_due_work
from shared.storage.mongo import Mongo

_EVERY = 1.0  # seconds


class DueWorkWatch:
    """A part of the process. Its events are set while there is work of that kind, and when the process stops."""

    def __init__(self, mongo: Mongo, gate: ChannelGate, clock: Clock, *, instance: str) -> None:
        self._mongo = mongo
        self._gate = gate
        self._clock = clock
        self._instance = instance
        self.broadcasts = asyncio.Event()
        self.webhooks = asyncio.Event()
        self.channels = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second until `stop` is set."""
        try:
            await repeat(self.look, stop, every=_EVERY)
        finally:
            for event in (self.broadcasts, self.webhooks, self.channels):
                event.set()

    async def look(self) -> None:
        """Set the events of the kinds that have work now. Raises DependencyAway."""
        found = await find_due_work(self._mongo, self._instance, self._clock.now())
        if found.broadcasts:
            self.broadcasts.set()
        if found.webhooks:
            self.webhooks.set()
        if found.channels or self._gate.has_stopped:  # another replica may have resumed the last one
            self.channels.set()
