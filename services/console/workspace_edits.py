"""Common parts of the routes that edit a workspace: ETags of its parts, answers, and problems with pointers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response

from services.console.audit import note_of
from services.console.etags import IfMatch, check_match, etag_of
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from shared.domain.model_prices import PriceTable, load_prices
from shared.operations.workspaces.edit import EditInvalid, EditOutdated, PartManagedByFile, WorkspaceEdits
from shared.repositories.workspace_changes import Patched, WorkspaceView
from shared.repositories.workspace_editor import Edit, WorkspaceEditor
from shared.storage.documents import plain
from shared.workspace.parts import Part

_ATTEMPTS = 5  # while others change other parts of the workspace


async def _dry_run(
    request: Request, dry_run: Annotated[bool, Query(description="Show what would change; store nothing.")] = False
) -> bool:
    if dry_run:
        note_of(request).skip = True
    return dry_run


DryRun = Annotated[bool, Depends(_dry_run)]
"""`dry_run: DryRun = False`; a dry run is not in the audit log."""
Steps = Sequence[int | str]


class ChangeShown(AnswerModel):
    """A difference. path: such as `bot.history`. before, after: null for missing values, secrets and whole items.
    loses: whether a whole item of a list is removed.
    """

    kind: Literal["added", "changed", "removed"]
    path: str
    before: Any
    after: Any
    loses: bool


class Edited(AnswerModel):
    """The result of an edit. revision: of the workspace, after it; of a dry run: the present one."""

    revision: int
    dry_run: bool
    changes: list[ChangeShown]


class Managed(AnswerModel):
    """The owner of a part. managed_by: `file`: only the workspace file; `console`: both. edited: whether the console
    has changed it since the file was applied. applied_at: when the file last changed the workspace.
    """

    managed_by: Literal["file", "console"]
    edited: bool
    applied_at: datetime | None


@lru_cache(maxsize=4)
def _price_table(path: str) -> PriceTable:
    return load_prices(path)


def prices_of(parts: Parts) -> PriceTable:
    """Return the price table of models. Raises PricesInvalid."""
    return _price_table(parts.settings.ai_prices)


def editor_of(parts: Parts) -> WorkspaceEditor:
    """Return the editor of workspaces."""
    return WorkspaceEditor(parts.mongo, parts.redis, parts.secrets, parts.clock)


def edits_of(parts: Parts) -> WorkspaceEdits:
    """Return the edits of workspaces."""
    return WorkspaceEdits(editor_of(parts), prices_of(parts).models)


def managed(view: WorkspaceView, part: Part) -> Managed:
    """Return who writes a part."""
    return Managed(
        managed_by="file" if part.value in view.owned.file else "console",
        edited=part in view.edited,
        applied_at=view.owned.applied_at,
    )


def part_etag(view: WorkspaceView, part: Part) -> str:
    """Return the ETag of a part: edits of other parts do not change it, nor do new secrets."""
    return etag_of("part", part.value, view.digests[part.value])


class PartEditor:
    """Edits parts of the caller's workspace as the request asks: under `If-Match`, or as a dry run. Raises Problem."""

    def __init__(
        self, edits: WorkspaceEdits, workspace: str, response: Response, if_match: str | None, *, dry_run: bool
    ) -> None:
        self._edits = edits
        self._workspace = workspace
        self._response = response
        self._if_match = if_match
        self.dry_run = dry_run

    async def form(self) -> Mapping[str, Any]:
        """Return the workspace as it is now."""
        return (await self._edits.view(self._workspace)).form

    async def edit(self, part: Part, edit: Edit, *, at: Steps = ()) -> Edited:
        """Edit a part, if it is still as the caller has read it, and give the answer its ETag.

        at: the place of the request's body in the workspace file, for pointers.
        """
        with problems_at(at):
            done = await _edit(self._edits, self._workspace, part, edit, self._if_match, dry_run=self.dry_run)
            if not self.dry_run:
                self._response.headers["ETag"] = part_etag(await self._edits.view(self._workspace), part)
        return shown(done, dry_run=self.dry_run)


async def _editor(
    request: Request, response: Response, parts: PartsOf, if_match: IfMatch = None, dry_run: DryRun = False
) -> PartEditor:
    return PartEditor(edits_of(parts), request.state.caller.workspace, response, if_match, dry_run=dry_run)


Editor = Annotated[PartEditor, Depends(_editor)]
"""`editor: Editor`, after the caller in the parameters."""


def shown(done: Patched, *, dry_run: bool) -> Edited:
    """Return the answer to an edit."""
    changes = [ChangeShown(**plain(change)) for change in done.changes]
    return Edited(revision=done.revision, dry_run=dry_run, changes=changes)


@contextmanager
def problems_at(at: Steps = ()) -> Iterator[None]:
    """Translate refused edits into problems. at: see `PartEditor.edit`."""
    try:
        yield
    except EditInvalid as error:
        raise Problem(
            "invalid", errors=[FieldError(_pointer(steps, at), said) for steps, said in error.problems]
        ) from None
    except EditOutdated as error:
        raise Problem("changed-meanwhile", str(error)) from None
    except PartManagedByFile as error:
        names = [part.value for part in error.parts]
        raise Problem("managed-by-file", str(error), parts=names, snippet=error.snippet) from None


async def _edit(
    edits: WorkspaceEdits,
    workspace: str,
    part: Part,
    edit: Edit,
    if_match: str | None,
    *,
    dry_run: bool,
) -> Patched:
    """Edit at the present revision; with `If-Match`, only while the part is as the caller has read it."""
    for attempt in range(_ATTEMPTS):
        view = await edits.view(workspace)
        check_match(if_match, part_etag(view, part))
        revision = view.revision if if_match is not None else None
        try:
            return await edits.edit(workspace, edit, revision=revision, dry_run=dry_run)
        except EditOutdated:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError  # the last attempt returns or raises


def _pointer(steps: Steps, at: Steps) -> str:
    """Return a JSON pointer into the request's body; of another place of the workspace into the workspace file."""
    inside = tuple(steps[: len(at)]) == tuple(at)
    path = steps[len(at) :] if inside else steps
    return "#" + "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def without(item: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return an item without some fields, such as its secrets."""
    return {name: value for name, value in item.items() if name not in names}
