"""A cache of values that are made from a workspace once per revision: indexes, rules, prompts.

`shared.repositories.workspaces.Workspaces` returns the same object until there is another revision, so a cached value
is valid while the object is the same.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.workspace.config import Workspace

T = TypeVar("T")

_MOST = 2000  # workspaces; the least recently used ones are removed


class RevisionCache(Generic[T]):
    """Made once per process and kind of value. most: cached workspaces."""

    def __init__(self, most: int = _MOST) -> None:
        self._made: LRUCache[str, tuple[Workspace, T]] = LRUCache(maxsize=most)

    def get(self, workspace: Workspace) -> T | None:
        """Return the value of this revision; None if it is not cached."""
        made_from, made = self._made.get(workspace.workspace, (None, None))
        return made if made_from is workspace else None

    def put(self, workspace: Workspace, made: T) -> T:
        """Cache the value of this revision and return it."""
        self._made[workspace.workspace] = (workspace, made)
        return made

    def get_or_make(self, workspace: Workspace, make: Callable[[Workspace], T]) -> T:
        """Return the value of this revision; make it if it is not cached."""
        made = self.get(workspace)
        return made if made is not None else self.put(workspace, make(workspace))
