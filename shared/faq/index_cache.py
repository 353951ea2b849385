"""The FAQ index of each workspace: made in a thread, once for each revision, and again when more is dismissed."""

import asyncio

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.faq.index import FaqIndex
from shared.repositories.unanswered import DismissedQuestion, UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

_READ_AGAIN = 600.0  # seconds, after which dismissed questions are looked for again
_MOST = 200  # dismissed questions that are learnt from, the newest


class _Made:
    """An index, what it was made of, and when its dismissed questions were read, on the clock's monotonic scale."""

    def __init__(self, index: FaqIndex, dismissed: tuple[DismissedQuestion, ...], read_at: float) -> None:
        self.index = index
        self.dismissed = dismissed
        self.read_at = read_at


class FaqIndexCache:
    """Of one process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._made = RevisionCache[_Made]()
        self._making: dict[str, asyncio.Lock] = {}

    async def of(self, workspace: Workspace) -> FaqIndex:
        """The index of this revision; others are served while it is made. Raises DependencyAway."""
        made = self._made.get(workspace)
        if made is not None and self._clock.monotonic() - made.read_at < _READ_AGAIN:
            return made.index
        lock = self._making.setdefault(workspace.workspace, asyncio.Lock())
        try:
            async with lock:
                return (await self._fresh(workspace)).index
        finally:
            if not lock.locked():
                self._making.pop(workspace.workspace, None)

    async def _fresh(self, workspace: Workspace) -> _Made:
        made = self._made.get(workspace)
        now = self._clock.monotonic()
        if made is not None and now - made.read_at < _READ_AGAIN:
            return made  # somebody else has made it while we waited
        dismissed = await self._dismissed(workspace, made)
        if made is not None and made.dismissed == dismissed:
            made.read_at = now
            return made
        index = await asyncio.to_thread(FaqIndex, workspace.faqs, workspace.bot.faq_threshold, _negatives(dismissed))
        return self._made.put(workspace, _Made(index, dismissed, now))

    async def _dismissed(self, workspace: Workspace, made: _Made | None) -> tuple[DismissedQuestion, ...]:
        """Return the questions that the owner dismissed; the last known ones while the database is away."""
        if not workspace.faqs:
            return ()
        try:
            return await UnansweredQuestions(self._mongo, workspace.workspace).dismissed(_MOST)
        except DependencyAway:
            if made is None:
                raise
            return made.dismissed


def _negatives(dismissed: tuple[DismissedQuestion, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one.text, one.nearest) for one in dismissed)
