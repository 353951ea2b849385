"""Asks MongoDB and Redis once a minute how much room they have, and MongoDB for the note of the last backup.

Each replica exports the same; one is enough. Kafka is asked by the lag exporter. A store that cannot be reached, or
does not tell, has no figure here, and everything else goes on.
"""

import asyncio
from datetime import timedelta

from shared.errors import AccessRefused, DependencyAway
from shared.maintenance.backup_note import read_note
from shared.periodic import repeat
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics
from shared.telemetry.disks import DiskGauges
from shared.telemetry.said_once import SaidOnce

log = logging.get(__name__)

_EVERY = 60.0  # seconds


class StoresWatch:
    """A part of the process. max_age: of the last backup, until one is missed; zero: backups are made elsewhere."""

    def __init__(self, mongo: Mongo, redis: Redis, max_age: timedelta) -> None:
        self._mongo = mongo
        self._redis = redis
        self._disks = DiskGauges("mongodb")
        self._warnings = SaidOnce(log)
        metrics.BACKUP_MAX_AGE.set(max_age.total_seconds())

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set."""
        await repeat(self.look, stop, every=_EVERY)

    async def look(self) -> None:
        """Ask once and bring the gauges up to date; without an answer there is no value."""
        await asyncio.gather(self._look_at_disk(), self._look_at_memory(), self._look_at_backup())

    async def _look_at_disk(self) -> None:
        space, untold = None, ""
        try:
            space = await self._mongo.space()
            untold = "" if space else "its dbStats has no fsTotalSize: watch its disk otherwise"
        except AccessRefused as error:
            untold = f"{error}: let it run dbStats, as the role readWrite does"
        except DependencyAway:
            pass  # its own alert says so
        if untold:
            self._warnings.warn("disk", "MongoDB does not tell how full its disk is", untold)
        elif space:
            self._warnings.well("disk")
        self._disks.show([space.disk] if space else [])
        metrics.MONGODB_REUSABLE.clear()
        if space:
            metrics.MONGODB_REUSABLE.labels(space.disk.place).set(space.reusable)

    async def _look_at_memory(self) -> None:
        memory, untold = None, ""
        try:
            memory = await self._redis.memory()
            untold = "" if memory else "its INFO has no used_memory: watch it otherwise"
        except AccessRefused as error:
            untold = f"{error}: let it run INFO"
        except DependencyAway:
            pass  # its own alert says so
        if untold:
            self._warnings.warn("memory", "Redis does not tell how full it is", untold)
        elif memory:
            self._warnings.well("memory")
        metrics.REDIS_USED.clear()
        metrics.REDIS_LIMIT.clear()
        if memory:
            metrics.REDIS_USED.labels(memory.policy).set(memory.used)
            if memory.limit:
                metrics.REDIS_LIMIT.labels(memory.policy).set(memory.limit)

    async def _look_at_backup(self) -> None:
        try:
            note = await read_note(self._mongo)
        except DependencyAway:
            note, known = None, False
        else:
            known = True
        metrics.BACKUP_AT.clear()
        metrics.BACKUP_BYTES.clear()
        if note:
            metrics.BACKUP_AT.labels(note.verified).set(note.at.timestamp())
            metrics.BACKUP_BYTES.labels(note.verified).set(note.size)
        elif known:
            metrics.BACKUP_AT.labels("none").set(0)
