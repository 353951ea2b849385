"""Options, results and errors of changes of a workspace (`shared.repositories.workspace_editor`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.validation.strict import Problem
from shared.workspace.diff import Change, losses
from shared.workspace.ownership import Ownership
from shared.workspace.parts import Part


class ChannelTaken(Exception):
    """Raised when a number of the workspace belongs to another workspace. Its text is for anybody; `for_operators`
    names the other workspace. values: of the refused workspace, that the other one has.
    """

    def __init__(self, values: Iterable[str], other: str) -> None:
        both = ", ".join(sorted(values))
        self.for_operators = f"{both} belongs to another workspace, `{other}`"
        super().__init__(f"{both} belongs to another workspace")


class AccountShared(Exception):
    """Raised when a change would give a workspace an account or phone number that another workspace has. Its text is
    for anybody; `for_operators` names the other workspace. values: of the refused workspace, that the other one has.
    """

    def __init__(self, values: Iterable[str], other: str) -> None:
        both = ", ".join(sorted(values))
        self.for_operators = (
            f"`{other}` has {both} already, and providers' events about an account go to all workspaces that have it"
        )
        super().__init__(f"another workspace has {both} already; only the operator may let two workspaces share it")


class WouldRemove(Exception):
    """Raised when a change would remove things without permission. removed: their paths; changes: the whole change."""

    def __init__(self, found: Sequence[Change]) -> None:
        self.changes = tuple(found)
        self.removed = tuple(change.path for change in losses(found))
        super().__init__(f"it would remove {', '.join(self.removed)}")


class WouldOverwrite(Exception):
    """Raised when a file would undo edits of the console. changes: the whole change; undone: those of such edits."""

    def __init__(self, found: Sequence[Change], undone: Sequence[Change]) -> None:
        self.changes = tuple(found)
        self.undone = tuple(undone)
        super().__init__(f"it would undo edits of the console: {', '.join(change.path for change in undone)}")


class WorkspaceMissing(Exception):
    """Raised when there is no such workspace, or no such thing in it."""


class WorkspaceExists(Exception):
    """Raised when a workspace to create exists already."""


class ChangedMeanwhile(Exception):
    """Raised when an edit is based on another revision than the present one."""

    def __init__(self, workspace: str, revision: int) -> None:
        super().__init__(f"`{workspace}` was changed meanwhile; it has revision {revision} now")
        self.revision = revision


class ManagedByFile(Exception):
    """Raised when an edit changes parts that only the workspace file may change."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        super().__init__(f"{', '.join(parts)} can only be changed in the workspace file")


class PatchInvalid(Exception):
    """Raised when an edit would make a workspace invalid. problems: places in the workspace file, with texts."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{'.'.join(map(str, steps))}: {said}" for steps, said in problems))


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """Options of applying a workspace file. allow_removal: remove what the file does not list. share_account: newly
    have an account or phone number that another workspace has. over_console: undo edits of the console. dry_run: store
    nothing.
    """

    allow_removal: bool = False
    share_account: bool = False
    over_console: bool = False
    dry_run: bool = False


ANYTHING = ChangeOptions(allow_removal=True, share_account=True, over_console=True)


@dataclass(frozen=True, slots=True)
class Patched:
    """The result of an edit. revision: after the edit; before it for a dry run. changes: none if the edit changed
    nothing.
    """

    revision: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rotated:
    """The result of rotating a webhook's secret. revision: of the workspace. previous_until: until when the previous
    secret signs too; None: there is none.
    """

    revision: int
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class WorkspaceView:
    """A stored workspace for people. form: the workspace as its file has it, with empty secrets. secrets: paths of
    those that are set. edited: parts that the console has changed since the file was applied. digests: of the parts,
    without secrets. rotations: of webhooks with two secrets, until when.
    """

    revision: int
    form: dict[str, Any]
    secrets: frozenset[str]
    owned: Ownership
    edited: tuple[Part, ...]
    digests: Mapping[str, str]
    rotations: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of applying a workspace file. outcome: `created`, `changed` or `unchanged`. changes: see
    `shared.workspace.diff`; of a new one, to the defaults.
    """

    outcome: str
    changes: tuple[Change, ...] = ()
