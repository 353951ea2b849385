"""Keeps the statistics of all workspaces up to date, reads them, and compares them with a count made anew."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.background import RunApart
from shared.clock import Clock
from shared.domain.limits import day_bounds
from shared.domain.statistics import QUARTER, Counts, Key, quarter_of
from shared.errors import DependencyAway
from shared.maintenance.operator import Operator
from shared.repositories.statistics import Quarters, Statistics
from shared.storage.mongo import Mongo
from shared.telemetry import logging

log = logging.get(__name__)

COUNTS = {
    "soon": timedelta(minutes=1),
    "half_hour": timedelta(minutes=30),
    "hours": timedelta(hours=4),
    "days": timedelta(days=2),
    "final": timedelta(days=7),
}
"""Times after its end at which a quarter is counted, each time as a whole: answers are delivered, read, or fail
later."""
_FIRST = "soon"
_LOOK_BACK = timedelta(days=8)  # where nothing was counted yet; older ones by `recount`
_PIECE = timedelta(days=1)  # counted by one query
_TURN = timedelta(minutes=2)  # for which one process counts a workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored count that differs from the collections."""

    begins: datetime
    key: Key
    stored: int
    counted: int


class StatisticsCounter:
    """Counts what is due; one per process, several of which share the work."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def count_all(self) -> None:
        """Count what is due of every workspace; one that fails keeps no other from it. Raises DependencyAway."""
        failed: DependencyAway | None = None
        for workspace in await Operator(self._mongo).workspaces():
            now = self._clock.now()
            try:
                if await Statistics(self._mongo, workspace).claim(now, now + _TURN):
                    await self.count_due(workspace)
            except DependencyAway as error:
                failed = error
            except Exception as error:
                log.error("The statistics of a workspace could not be counted", workspace_id=workspace, exc_info=error)
        if failed is not None:
            raise failed

    async def count_due(self, workspace: str) -> None:
        """Count the quarters that are due. Raises DependencyAway."""
        statistics, now = Statistics(self._mongo, workspace), self._clock.now()
        counted = await statistics.counted_until()
        for name, delay in COUNTS.items():
            until = quarter_of(now - delay)
            since = counted.get(name, quarter_of(now - _LOOK_BACK))
            while since < until:
                end = min(until, since + _PIECE)
                if name == _FIRST or await statistics.read(since, end):
                    await statistics.count_and_store(since, end)
                await statistics.note_counted(name, end)
                since = end


async def read_statistics(
    mongo: Mongo,
    workspace: str,
    since: datetime,
    until: datetime,
    now: datetime,
    apart: RunApart = asyncio.to_thread,
) -> Quarters:
    """Return the counts of a period, up to this moment: those of quarters that are not stored yet are counted. apart:
    as of `Statistics.read`.

    Raises DependencyAway.
    """
    statistics = Statistics(mongo, workspace)
    stored_until = await _stored_until(statistics, now)
    found = await statistics.read(since, min(until, stored_until), apart)
    return found | await _live(statistics, max(since, stored_until), until, now)


async def read_total(mongo: Mongo, workspace: str, since: datetime, until: datetime, now: datetime) -> Counts:
    """Return the sum of the counts of `read_statistics`. Raises DependencyAway."""
    statistics = Statistics(mongo, workspace)
    stored_until = await _stored_until(statistics, now)
    total = await statistics.total(since, min(until, stored_until))
    for counts in (await _live(statistics, max(since, stored_until), until, now)).values():
        total.update(counts)
    return total


async def _stored_until(statistics: Statistics, now: datetime) -> datetime:
    return (await statistics.counted_until()).get(_FIRST, quarter_of(now))


async def _live(statistics: Statistics, since: datetime, until: datetime, now: datetime) -> Quarters:
    """Count what is not stored yet."""
    until = min(until, quarter_of(now) + QUARTER)
    return await statistics.count(since, until) if since < until else {}


async def recount(mongo: Mongo, workspace: str, day: str, timezone: str, *, store: bool = False) -> list[Difference]:
    """Count a local day anew and return where the stored counts differ. store: correct them.

    Raises DependencyAway, and ValueError for a day that is no date.
    """
    statistics = Statistics(mongo, workspace)
    since, until = day_bounds(day, timezone)
    stored, counted = await statistics.read(since, until), await statistics.count(since, until)
    if store:
        await statistics.replace(since, until, counted)
    differences = [
        Difference(begins, key, before, after)
        for begins in sorted(stored.keys() | counted.keys())
        for key, before, after in _differing(stored.get(begins, Counter()), counted.get(begins, Counter()))
    ]
    if differences:
        log.warning("Statistics differ from the collections", workspace_id=workspace, day=day, counts=len(differences))
    return differences


def _differing(stored: Counter[Key], counted: Counter[Key]) -> list[tuple[Key, int, int]]:
    keys = sorted(stored.keys() | counted.keys())
    return [(key, stored[key], counted[key]) for key in keys if stored[key] != counted[key]]
