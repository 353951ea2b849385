"""The configuration of each workspace, as services read it. `workspace_editor` writes it."""

from cachetools import TTLCache
from pymongo import IndexModel

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

COLLECTION = "workspaces"
REGISTERED = "registered"  # true in a workspace that a person registered, until its first change
INDEXES = [
    IndexModel([("channels.key", 1)], name="recipient", unique=True, sparse=True),
    IndexModel([("channels.account", 1)], name="account"),
]
_FRESH = 5.0
_STALE = 900.0
_MOST = 10_000  # workspaces


class Workspaces:
    """Reads workspaces through a cache of seconds, which serves longer while MongoDB cannot be reached."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._clock = clock
        self._cache: TTLCache[str, tuple[float, Workspace]] = TTLCache(_MOST, _STALE, timer=clock.monotonic)
        self._forgotten = 0  # a read that began before does not fill the cache

    def fresh(self, workspace: str) -> Workspace | None:
        """Return the workspace if the cache has it fresh, else None."""
        at, cached = self._cache.get(workspace, (0.0, None))
        return cached if cached is not None and self._clock.monotonic() - at < _FRESH else None

    def forget(self, workspace: str) -> None:
        """Read the workspace again at the next use: it has changed."""
        self._forgotten += 1
        self._cache.pop(workspace, None)

    async def get(self, workspace: str) -> Workspace | None:
        """Return the workspace, as it is or was some seconds ago; None if there is none. Raises DependencyAway."""
        found = self.fresh(workspace)
        return found if found is not None else await self.current(workspace)

    async def current(self, workspace: str) -> Workspace | None:
        """Return the workspace as it is stored now, for requests that may name what was added to it just before; the
        cached one only while MongoDB cannot be reached. None: there is none. Raises DependencyAway.
        """
        at, cached = self._cache.get(workspace, (0.0, None))
        now, forgotten = self._clock.monotonic(), self._forgotten
        try:
            found = await self._read(workspace, cached)
        except DependencyAway:
            if cached is not None and now - at < _STALE:
                return cached
            raise
        if found is None:
            self._cache.pop(workspace, None)
            return None
        if forgotten == self._forgotten:
            self._cache[workspace] = (now, found)
        return found

    async def is_unchanged_registration(self, workspace: str) -> bool:
        """Return whether a person registered this workspace and nothing changed it since. Raises DependencyAway."""
        return await self._collection.find_one({"_id": workspace, REGISTERED: True}, {"_id": 1}) is not None

    async def _read(self, workspace: str, cached: Workspace | None) -> Workspace | None:
        """Return the cached object unless there is another revision: values made from it stay valid (`RevisionCache`),
        and a large workspace is not read again.
        """
        if cached is not None:
            stored = await self._collection.find_one({"_id": workspace}, {"revision": 1})
            if stored is None or stored["revision"] == cached.revision:
                return cached if stored is not None else None
        document = await self._collection.find_one({"_id": workspace})
        return Workspace.model_validate(document, extra="ignore") if document else None  # fields of a later version
