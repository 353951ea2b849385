"""Segments: saved filters of customers, and how many customers they have."""

from typing import Annotated, Any

from fastapi import Body, Path, Response
from pydantic import ValidationError

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import Edited, Editor, Managed, edits_of, managed, part_etag
from shared.operations.workspaces import items
from shared.repositories.customers import Customers
from shared.workspace.config import Segment
from shared.workspace.parts import Part

router = workspace_router("/segments", "segments")
SegmentName = Annotated[str, Path(max_length=100)]


class SegmentList(AnswerModel):
    """All segments, as in the workspace file."""

    items: list[dict[str, Any]]
    managed: Managed


class SegmentCount(AnswerModel):
    """The number of customers in a segment now."""

    name: str
    customers: int


@router.get("")
async def list_segments(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf, response: Response
) -> SegmentList:
    """Return all segments."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.SEGMENTS)
    return SegmentList(items=view.form["segments"], managed=managed(view, Part.SEGMENTS))


@router.put("/{name}")
async def put_segment(
    name: SegmentName,
    body: Annotated[dict[str, Any], Body(description="A segment as in the workspace file, without its name.")],
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    parts: PartsOf,
    editor: Editor,
) -> Edited:
    """Create or replace a segment."""
    view = await edits_of(parts).view(caller.workspace)
    names = [one["name"] for one in view.form["segments"]]
    at = ("segments", names.index(name) if name in names else len(names))
    return await editor.edit(
        Part.SEGMENTS,
        items.put("segments", name, {**body, "name": name}),
        at=at,
    )


@router.delete("/{name}")
async def remove_segment(
    name: SegmentName,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Remove a segment."""
    return await editor.edit(
        Part.SEGMENTS,
        items.removed("segments", name),
    )


@router.post("/count", dependencies=[REPEATABLE, NOT_AUDITED])
async def count_draft(
    body: Annotated[dict[str, Any], Body(description="A segment as in the workspace file; it need not be stored.")],
    caller: Annotated[Principal, needs(Right.CONTENT_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> SegmentCount:
    """Count the customers that a segment would have; nothing is stored."""
    try:
        segment = Segment.model_validate({"name": "draft", **body})
    except ValidationError as error:
        found = [FieldError(f"#/{'/'.join(map(str, one['loc']))}", one["msg"]) for one in error.errors()]
        raise Problem("invalid", errors=found) from None
    customers = Customers(parts.mongo, caller.workspace)
    return SegmentCount(name=segment.name, customers=await customers.count(segment, parts.clock.now()))


@router.get("/{name}/count")
async def count_segment(
    name: SegmentName,
    caller: Annotated[Principal, needs(Right.CONTENT_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> SegmentCount:
    """Count the customers of a segment."""
    form = (await edits_of(parts).view(caller.workspace)).form
    segment = Segment.model_validate(form["segments"][items.position("segments", form, name)], extra="ignore")
    customers = Customers(parts.mongo, caller.workspace)
    return SegmentCount(name=name, customers=await customers.count(segment, parts.clock.now()))
