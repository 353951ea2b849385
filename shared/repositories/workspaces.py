"""The configuration of each workspace, as services read it. `workspace_editor` writes it."""

from pymongo import IndexModel

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

COLLECTION = "workspaces"
INDEXES = [
    IndexModel([("channels.key", 1)], name="recipient", unique=True, sparse=True),
    IndexModel([("channels.account", 1)], name="account"),
]
_FRESH = 5.0
_STALE = 900.0


class Workspaces:
    """Reads workspaces through a cache of seconds, which serves longer while MongoDB cannot be reached."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._clock = clock
        self._cache: dict[str, tuple[float, Workspace]] = {}

    def fresh(self, workspace: str) -> Workspace | None:
        """Return the workspace if the cache has it fresh, else None."""
        at, cached = self._cache.get(workspace, (0.0, None))
        return cached if cached is not None and self._clock.monotonic() - at < _FRESH else None

    async def get(self, workspace: str) -> Workspace | None:
        """Return the workspace; None if there is none. Raises DependencyAway."""
        if (found := self.fresh(workspace)) is not None:
            return found
        at, cached = self._cache.get(workspace, (0.0, None))
        now = self._clock.monotonic()
        try:
            document = await self._collection.find_one({"_id": workspace})
        except DependencyAway:
            if cached is not None and now - at < _STALE:
                return cached
            raise
        if document is None:
            self._cache.pop(workspace, None)
            return None
        if cached is not None and cached.revision == document["revision"]:
            found = cached  # the same object, so that values made from it stay valid (`RevisionCache`)
        else:
            found = Workspace.model_validate(document, extra="ignore")  # fields of a later version
        self._cache[workspace] = (now, found)
        return found
