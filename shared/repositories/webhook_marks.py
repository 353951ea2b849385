"""The last accepted and the last refused webhook of each channel, for people. In Redis, written at most once a minute
per channel, process and kind; without Redis nothing is known.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from cachetools import TTLCache

from shared.background import start_task
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.providers.port import Channel
from shared.storage.redis import Redis

Kind = Literal["accepted", "refused"]

_EVERY = 60.0  # seconds
_KEPT = 90 * 24 * 3600  # seconds
_MOST_CHANNELS = 20_000


class WebhookMarks:
    """Made once per process."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._noted: TTLCache[tuple[str, str, Kind], None] = TTLCache(_MOST_CHANNELS, _EVERY, timer=clock.monotonic)
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, kind: Kind, channels: Iterable[Channel]) -> None:
        """Note that a webhook of these channels was accepted or refused; it is written in the background."""
        for channel in channels:
            name: tuple[str, str, Kind] = (channel.workspace, channel.id, kind)
            if name in self._noted:
                continue
            self._noted[name] = None
            task = start_task(self._write(name, self._clock.now()), "webhook mark")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until all marks are written; for tests."""
        await asyncio.gather(*self._tasks)

    async def _write(self, name: tuple[str, str, Kind], at: datetime) -> None:
        try:
            await self._redis.put(_key(*name), at.isoformat().encode(), _KEPT)
        except DependencyAway:
            self._noted.pop(name, None)


async def webhook_marks(
    redis: Redis, workspace: str, channels: Sequence[str]
) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Return when a webhook of each channel was accepted and refused last; None: not known."""
    accepted = [_read(redis, _key(workspace, channel, "accepted")) for channel in channels]
    refused = [_read(redis, _key(workspace, channel, "refused")) for channel in channels]
    found = await asyncio.gather(*accepted, *refused)
    return dict(zip(channels, zip(found[: len(channels)], found[len(channels) :], strict=True), strict=True))


async def _read(redis: Redis, key: str) -> datetime | None:
    try:
        value = await redis.get(key)
    except DependencyAway:
        return None
    return datetime.fromisoformat(value.decode()) if value else None


def _key(workspace: str, channel: str, kind: Kind) -> str:
    return f"parley:webhook:{kind}:{workspace}/{channel}"
