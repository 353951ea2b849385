"""Caches the FAQ index of each workspace: built in a thread, once per revision and set of dismissed questions."""

import asyncio

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.faq.index import FaqIndex
from shared.repositories.unanswered import DismissedQuestion, UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

_REFRESH_SECONDS = 600.0  # after which dismissed questions are read again
_MAX_DISMISSED = 200  # the newest dismissed questions that calibration uses


class _CachedIndex:
    """An index, the dismissed questions it was built from, and when they were read (monotonic clock, seconds)."""

    def __init__(self, index: FaqIndex, dismissed: tuple[DismissedQuestion, ...], read_at: float) -> None:
        self.index = index
        self.dismissed = dismissed
        self.read_at = read_at


class FaqIndexCache:
    """The FAQ indexes of one process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._cache = RevisionCache[_CachedIndex]()
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, workspace: Workspace) -> FaqIndex:
        """Return the index of this revision; building it does not block other workspaces. Raises DependencyAway."""
        cached = self._cache.get(workspace)
        if cached is not None and self._clock.monotonic() - cached.read_at < _REFRESH_SECONDS:
            return cached.index
        lock = self._locks.setdefault(workspace.workspace, asyncio.Lock())
        try:
            async with lock:
                return (await self._refresh(workspace)).index
        finally:
            if not lock.locked():
                self._locks.pop(workspace.workspace, None)

    async def _refresh(self, workspace: Workspace) -> _CachedIndex:
        cached = self._cache.get(workspace)
        now = self._clock.monotonic()
        if cached is not None and now - cached.read_at < _REFRESH_SECONDS:
            return cached  # built by another task while this one waited for the lock
        dismissed = await self._dismissed(workspace, cached)
        if cached is not None and cached.dismissed == dismissed:
            cached.read_at = now
            return cached
        index = await asyncio.to_thread(FaqIndex, workspace.faqs, workspace.bot.faq_threshold, _negatives(dismissed))
        return self._cache.put(workspace, _CachedIndex(index, dismissed, now))

    async def _dismissed(self, workspace: Workspace, cached: _CachedIndex | None) -> tuple[DismissedQuestion, ...]:
        """Return the questions that the owner dismissed; the last known ones while the database is away."""
        if not workspace.faqs:
            return ()
        try:
            return await UnansweredQuestions(self._mongo, workspace.workspace).dismissed(_MAX_DISMISSED)
        except DependencyAway:
            if cached is None:
                raise
            return cached.dismissed


def _negatives(dismissed: tuple[DismissedQuestion, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one.text, one.nearest) for one in dismissed)
