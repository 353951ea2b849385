"""Drafts of flows: edited by operations or as text, undone and redone; and where their steps stand on the canvas."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from services.console.api.flow_models import FlowDraftShown, TheirText, draft_shown
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.draft_news import tell_edited, tell_gone
from services.console.etags import IfMatch, check_match, etag_of
from services.console.flow_work import drafting_of, warning_context_of, work_of
from services.console.idempotency import REPEATABLE
from services.console.limits import FLOW_EDITS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.flows.base_types import MAX_STEPS
from shared.flows.base_types import FlowName as ValidFlowName
from shared.flows.edit.operations import Operation, Patch
from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import MAX_CHARACTERS
from shared.operations.flows.drafting import DraftConflict
from shared.repositories.flow_drafts import FlowDraft
from shared.repositories.flow_layouts import FlowLayout, FlowLayouts

router = workspace_router("/flows", "flows")
FlowName = Annotated[str, Path(max_length=100)]
Digest = Annotated[str, Field(max_length=64)]
Coordinate = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]
_MOST_OPERATIONS = 50


class FlowDraftText(RequestModel):
    """A new text of a draft. base: the digest of the text that this one replaces; empty: there is neither a draft nor a
    published version.
    """

    base: Digest = ""
    source: Annotated[str, Field(max_length=MAX_CHARACTERS)]


class FlowOperations(RequestModel):
    """Operations on the text of a draft. base: the digest of the text that the operations are for. ops: all are done,
    or none.
    """

    base: Digest
    ops: Annotated[list[Operation], Field(min_length=1, max_length=_MOST_OPERATIONS)]


class FlowBase(RequestModel):
    """The draft that a request is based on. base: the digest of the present text."""

    base: Digest


class FlowLayoutShown(AnswerModel):
    """The places of a flow's steps on the canvas. positions: x and y by step. collapsed: names of folded groups."""

    positions: dict[str, tuple[float, float]]
    collapsed: list[str]


class FlowLayoutText(RequestModel):
    """As `FlowLayoutShown`."""

    positions: Annotated[
        dict[Annotated[str, Field(max_length=100)], tuple[Coordinate, Coordinate]], Field(max_length=MAX_STEPS + 10)
    ]
    collapsed: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=100)] = ()


Editor = Annotated[Principal, needs(Right.FLOWS_WRITE)]
Limit = Annotated[None, limited(FLOW_EDITS)]


@router.get("/{name}/draft")
async def read_draft(
    name: FlowName,
    caller: Annotated[Principal, needs(Right.FLOWS_READ)],
    _: Limit,
    parts: PartsOf,
    response: Response,
) -> FlowDraftShown:
    """Return the draft of a flow; the published text if there is none."""
    return await _shown(parts, caller, await drafting_of(parts, caller).open(name), response)


@router.put("/{name}/draft", dependencies=[NOT_AUDITED])
async def write_draft(
    name: Annotated[ValidFlowName, Path()],
    body: FlowDraftText,
    caller: Editor,
    _: Limit,
    parts: PartsOf,
    response: Response,
) -> FlowDraftShown:
    """Replace the text of a draft, or begin one. 409 with both texts if it was changed meanwhile."""
    edit = drafting_of(parts, caller).replace(name, body.base, body.source, caller.caller)
    return await _edited(parts, caller, response, edit, at="#/source")


@router.delete("/{name}/draft", status_code=204)
async def discard_draft(name: FlowName, caller: Editor, parts: PartsOf, if_match: IfMatch = None) -> None:
    """Throw a draft away; with `If-Match` only if nobody has edited it since."""
    drafting = drafting_of(parts, caller)
    draft = await drafting.stored.get(name) if if_match is not None else None
    if draft is not None:
        check_match(if_match, etag_of(draft.digest))
    try:
        await drafting.discard(name, draft)
    except DraftConflict:
        raise Problem("changed-meanwhile") from None
    tell_gone(parts, caller, name)


@router.post("/{name}/draft/ops", dependencies=[REPEATABLE, NOT_AUDITED])
async def edit_draft(
    name: FlowName, body: FlowOperations, caller: Editor, _: Limit, parts: PartsOf, response: Response
) -> FlowDraftShown:
    """Edit a draft by operations; a repeat of the last edit changes nothing. 409 with both texts if it was changed."""
    edit = drafting_of(parts, caller).edit(name, body.base, body.ops, caller.caller)
    return await _edited(parts, caller, response, edit, at="#/ops")


@router.post("/{name}/draft/undo", dependencies=[REPEATABLE, NOT_AUDITED])
async def undo_edit(
    name: FlowName, body: FlowBase, caller: Editor, _: Limit, parts: PartsOf, response: Response
) -> FlowDraftShown:
    """Take the last edit of a draft back, of the last 200; the text is then the very same as before."""
    edit = drafting_of(parts, caller).undo(name, body.base, caller.caller)
    return await _edited(parts, caller, response, edit, at="#/base")


@router.post("/{name}/draft/redo", dependencies=[REPEATABLE, NOT_AUDITED])
async def redo_edit(
    name: FlowName, body: FlowBase, caller: Editor, _: Limit, parts: PartsOf, response: Response
) -> FlowDraftShown:
    """Do again what was undone last."""
    edit = drafting_of(parts, caller).redo(name, body.base, caller.caller)
    return await _edited(parts, caller, response, edit, at="#/base")


@router.get("/{name}/layout")
async def read_layout(
    name: FlowName, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowLayoutShown:
    """Return where the steps stand on the canvas; empty if nobody has moved any."""
    found = await FlowLayouts(parts.mongo, caller.workspace).get(name) or FlowLayout()
    return FlowLayoutShown(positions=dict(found.positions), collapsed=list(found.collapsed))


@router.put("/{name}/layout", status_code=204, dependencies=[NOT_AUDITED])
async def write_layout(
    name: Annotated[ValidFlowName, Path()], body: FlowLayoutText, caller: Editor, _: Limit, parts: PartsOf
) -> None:
    """Store where the steps stand on the canvas; it changes nothing in the flow."""
    layout = FlowLayout(positions=body.positions, collapsed=body.collapsed)
    await FlowLayouts(parts.mongo, caller.workspace).put(name, layout)


async def _edited(
    parts: Parts, caller: Principal, response: Response, edit: Awaitable[tuple[FlowDraft, Patch]], *, at: str
) -> FlowDraftShown:
    """Carry out an edit, tell colleagues, and return the draft. at: the member of the request that a refusal names."""
    with _refusals(at):
        draft, inverse = await edit
    tell_edited(parts, caller, draft)
    return await _shown(parts, caller, draft, response, inverse)


async def _shown(
    parts: Parts, caller: Principal, draft: FlowDraft, response: Response, inverse: Patch | None = None
) -> FlowDraftShown:
    response.headers["ETag"] = etag_of(draft.digest)
    context = await warning_context_of(parts, caller)
    return await work_of(parts, caller)(draft_shown, draft, context, inverse)


@contextmanager
def _refusals(pointer: str) -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise Problem("invalid", str(error), errors=[FieldError(pointer, str(error))], line=error.line) from None
    except DraftConflict as error:
        theirs = error.theirs
        shown = TheirText(digest=theirs.digest, source=theirs.source, by=theirs.by, at=theirs.at)
        raise Problem("conflict", str(error), theirs=shown.model_dump(mode="json"), yours=error.yours) from None
