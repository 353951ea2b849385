"""Applies a workspace file: creates the workspace, or changes it so that it equals the file.

A field that the file does not have returns to its default, and an item that it does not list is removed. Removing must
be allowed explicitly, as somebody may have added the item elsewhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.crypto import Secrets
from shared.errors import Conflict
from shared.maintenance.indexes import ensure_indexes
from shared.maintenance.operator import Operator
from shared.operations.errors import FileInvalid, OperationRefused
from shared.operations.workspaces import model_names
from shared.operations.workspaces.file import LoadedWorkspaceFile, line_of
from shared.operations.workspaces.flows import FlowSource
from shared.operations.workspaces.secrets import foreign_variables
from shared.repositories.flows import Flows
from shared.repositories.workspace_changes import (
    AccountShared,
    Applied,
    ChangeOptions,
    ChannelTaken,
    WouldOverwrite,
    WouldRemove,
)
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.documents import plain
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import WorkspaceFile
from shared.workspace.diff import Change
from shared.workspace.remarks import remarks


class AccountSharingRefused(OperationRefused):
    """Raised when the workspace would get an account or phone number that another one has, which is not allowed."""


class WorkspaceConflict(OperationRefused):
    """Raised when a number belongs to another workspace, and when the workspace is changed at the same time."""


class ForeignVariables(OperationRefused):
    """Raised for variables whose names begin with another workspace's name."""


class UnknownModels(FileInvalid):
    """Raised for models that have no price."""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """The result for one file. refused: the paths that would be removed without permission; undone: the changes that
    would undo edits of the console without permission. Nothing is stored then.
    """

    wanted: WorkspaceFile
    applied: Applied
    dry_run: bool
    refused: tuple[str, ...] = ()
    undone: tuple[Change, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Return whether nothing was stored, for lack of a permission."""
        return bool(self.refused or self.undone)

    @property
    def outcome(self) -> str:
        """`created`, `changed`, `unchanged` or `refused`."""
        return "refused" if self.is_refused else self.applied.outcome

    def document(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "workspace": self.wanted.workspace,
            "outcome": self.outcome,
            "dry_run": self.dry_run,
            "channels": len(self.wanted.channels),
            "faqs": len(self.wanted.faqs),
            "flows": len(self.wanted.flows),
            "changes": plain(self.applied.changes),
            "refused": list(self.refused),
            "undone": [change.path for change in self.undone],
            "remarks": list(remarks(self.wanted)),
        }


@dataclass(frozen=True, slots=True)
class WorkspaceApplier:
    """Applies files to one installation."""

    mongo: Mongo
    redis: Redis
    secrets: Secrets
    clock: Clock

    async def apply(
        self, loaded: LoadedWorkspaceFile, flows: Sequence[FlowSource], options: ChangeOptions
    ) -> ApplyReport:
        """Apply a file with its flows. Raises ForeignVariables, AccountSharingRefused, WorkspaceConflict,
        DependencyAway.
        """
        refuse_foreign_variables(loaded, await Operator(self.mongo).workspaces())
        if not options.dry_run:
            await ensure_indexes(self.mongo)
            await self._store_flows(loaded.wanted.workspace, flows)
        try:
            applied = await self._editor().change(
                loaded.wanted, [source.ref for source in flows], options, loaded.variable_of
            )
        except WouldOverwrite as error:
            report = Applied("changed", error.changes)
            return ApplyReport(loaded.wanted, report, options.dry_run, undone=error.undone)
        except WouldRemove as error:
            return ApplyReport(loaded.wanted, Applied("changed", error.changes), options.dry_run, error.removed)
        except AccountShared as error:
            raise AccountSharingRefused(error.for_operators) from None
        except ChannelTaken as error:
            raise WorkspaceConflict(error.for_operators) from None
        except Conflict as error:
            raise WorkspaceConflict(str(error)) from None
        return ApplyReport(loaded.wanted, applied, options.dry_run)

    async def _store_flows(self, workspace: str, flows: Sequence[FlowSource]) -> None:
        """Store the flows before the workspace names them."""
        stored = Flows(self.mongo, workspace)
        for source in flows:
            await stored.put(source.flow.name, source.flow.version, source.text, self.clock.now())

    def _editor(self) -> WorkspaceEditor:
        return WorkspaceEditor(self.mongo, self.redis, self.secrets, self.clock)


def refuse_foreign_variables(loaded: LoadedWorkspaceFile, workspaces: Sequence[str]) -> None:
    """Raise ForeignVariables for variables that are more likely another workspace's. workspaces: all that exist."""
    wrong = [
        f"{name} looks like a secret of the workspace {other}"
        for name, other in foreign_variables(loaded.variables, loaded.allowed, workspaces)
    ]
    if wrong:
        raise ForeignVariables("\n".join(wrong))


def refuse_unknown_models(file: Path, wanted: WorkspaceFile, priced: Collection[str]) -> None:
    """Raise UnknownModels, with a line for each name that is not in the price table. priced: the names there."""
    wrong = [
        f"{file}:{line_of(file, *steps)}: {'.'.join(map(str, steps))}: {problem}"
        for steps, problem in model_names.unknown_models(wanted.bot, priced)
    ]
    if wrong:
        raise UnknownModels("\n".join(wrong))
