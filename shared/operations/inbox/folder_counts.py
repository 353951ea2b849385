"""Counts of the folders of all workspaces in one process, shared by callers who would get the same ones."""

import asyncio
from dataclasses import dataclass, field, replace

from cachetools import TTLCache

from shared.clock import Clock
from shared.repositories.inbox import Folder, Inbox, InboxView
from shared.repositories.visibility import Visibility
from shared.storage.mongo import Mongo

_VALID = 4.0  # seconds; the console asks again five seconds after the last change
_MOST = 50_000
_Key = tuple[str, Folder, str, str, str, Visibility]


@dataclass(slots=True, eq=False)
class _Count:
    """The count of one list; None: not counted yet. counting: held by whoever counts."""

    conversations: int | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class FolderCounter:
    """Made once per process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._counts: TTLCache[_Key, _Count] = TTLCache(_MOST, _VALID, timer=clock.monotonic)

    async def of(self, workspace: str, view: InboxView, sees: Visibility) -> dict[Folder, int]:
        """Return how many conversations each folder has, up to `COUNT_LIMIT`, at most four seconds ago. view: their
        filters and member. Raises DependencyAway.
        """
        lists = [replace(view, folder=folder, now=self._clock.now()) for folder in Folder]
        counts = await asyncio.gather(*(self._of(workspace, one, sees) for one in lists))
        return dict(zip(Folder, counts, strict=True))

    async def _of(self, workspace: str, view: InboxView, sees: Visibility) -> int:
        key = _key(workspace, view, sees)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count()
        async with count.counting:
            if count.conversations is None:
                count.conversations = await Inbox(self._mongo, workspace).count(view, sees=sees)
            return count.conversations


def _key(workspace: str, view: InboxView, sees: Visibility) -> _Key:
    """Return what a count depends on: on the member only in `mine`, or with the right to see own ones only."""
    member = view.member if view.folder is Folder.MINE else ""
    sees = sees if sees.only_own_and_unassigned else replace(sees, member="")
    return workspace, view.folder, view.label, view.channel, member, sees
