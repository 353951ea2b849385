"""Looks every few minutes for secrets that this process cannot read: also those of channels without messages."""

import asyncio
from collections import Counter

from shared.clock import Clock
from shared.crypto import Secrets
from shared.messages.inbound import Provider
from shared.periodic import repeat
from shared.repositories.unreadable_channels import WEBHOOK, unreadable_channels
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

_EVERY = 300.0  # seconds: all workspaces are read
_NAMED = 20  # in the log, of one look

log = logging.get(__name__)


class UnreadableSecretsWatch:
    """A part of the process. Keys change with a restart, so its first look is the one that matters."""

    def __init__(self, mongo: Mongo, secrets: Secrets, clock: Clock) -> None:
        self._mongo = mongo
        self._secrets = secrets
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set."""
        await repeat(self.look, stop, every=_EVERY)

    async def look(self) -> None:
        """Export the number of channels of each provider, and of webhooks out. Raises DependencyAway."""
        counts: Counter[str] = Counter()
        async for found in unreadable_channels(self._mongo, self._secrets, self._clock.now()):
            counts[found.provider] += 1
            if counts.total() <= _NAMED:
                log.error(
                    "A secret cannot be read", workspace_id=found.workspace, channel=found.id, reason=found.reason
                )
        for provider in (*Provider, WEBHOOK):
            metrics.CHANNELS_UNREADABLE.labels(provider).set(counts[provider])
