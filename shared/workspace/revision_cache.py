"""What is made from a workspace once for each of its revisions: indexes, rules, prompts.

`shared.repositories.workspaces.Workspaces` gives the same object until there is another revision, so the object itself
says whether what was made from it is still good.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.workspace.config import Workspace

T = TypeVar("T")

_MOST = 2000  # workspaces; those that were not asked for longest are forgotten


class RevisionCache(Generic[T]):
    """Of one process."""

    def __init__(self, most: int = _MOST) -> None:
        self._made: LRUCache[str, tuple[Workspace, T]] = LRUCache(maxsize=most)

    def get(self, workspace: Workspace) -> T | None:
        """What was made from this revision; None when nothing was, or it is forgotten."""
        made_from, made = self._made.get(workspace.workspace, (None, None))
        return made if made_from is workspace else None

    def put(self, workspace: Workspace, made: T) -> T:
        """Keep it, instead of what was made from another revision; the same."""
        self._made[workspace.workspace] = (workspace, made)
        return made

    def of(self, workspace: Workspace, make: Callable[[Workspace], T]) -> T:
        """What was made from this revision, or is made now."""
        made = self.get(workspace)
        return made if made is not None else self.put(workspace, make(workspace))
