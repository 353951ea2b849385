"""`views`: saved filters of the inbox, a person's own and those that are shared with all."""

from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match, etag_of
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.pages import Page
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.repositories.inbox import Folder, Sort
from shared.repositories.saved_views import SHARED, SavedView, SavedViews

router = workspace_router("/views", "views")

ViewId = Annotated[str, Path(max_length=64, description="Id of a view.")]
Own = Annotated[Principal, needs(Right.OWN)]


class ViewFilter(RequestModel):
    """Parameters of `GET conversations`."""

    folder: Folder = Folder.ALL
    label: Annotated[str, Field(max_length=64)] = ""
    channel: Annotated[str, Field(max_length=64)] = ""
    sort: Sort = Sort.NEWEST


class ViewBody(RequestModel):
    """A view. shared: everybody has it; that needs the right to write canned replies."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    filter: ViewFilter
    shared: bool = False


class ViewAnswer(AnswerModel):
    """A view. by: who made it. etag: for `If-Match` of a change."""

    id: str
    name: str
    filter: ViewFilter
    shared: bool
    by: str
    revision: int
    etag: str


@router.get("")
async def list_views(caller: Own, parts: PartsOf) -> Page[ViewAnswer]:
    """List your views and the shared ones, by name."""
    found = await SavedViews(parts.mongo, caller.workspace).visible_to(caller.id)
    return Page(items=[_answer(one) for one in found], next=None)


@router.post("", status_code=201)
async def add_view(body: ViewBody, caller: Own, key: Annotated[RequestKey, idempotent()], parts: PartsOf) -> ViewAnswer:
    """Save a view."""
    view = _view(key.derived("view"), body, caller, caller.id)
    await SavedViews(parts.mongo, caller.workspace).add(view)
    return _answer(view)


@router.put("/{view}")
async def change_view(
    view: ViewId, body: ViewBody, caller: Own, parts: PartsOf, if_match: IfMatch = None
) -> ViewAnswer:
    """Change a view of yours, or a shared one."""
    views = SavedViews(parts.mongo, caller.workspace)
    before = await views.get(view, caller.id)
    if before is None:
        raise Problem("not-found")
    _check_shared(before.owner == SHARED, caller)
    check_match(if_match, etag_of(before.id, before.revision))
    changed = _view(view, body, caller, before.by)
    if not await views.change(changed, before.revision):
        raise Problem("changed-meanwhile")
    return _answer(changed, before.revision + 1)


@router.delete("/{view}", status_code=204)
async def delete_view(view: ViewId, caller: Own, parts: PartsOf, if_match: IfMatch = None) -> Response:
    """Remove a view of yours, or a shared one."""
    views = SavedViews(parts.mongo, caller.workspace)
    before = await views.get(view, caller.id)
    if before is None:
        raise Problem("not-found")
    _check_shared(before.owner == SHARED, caller)
    check_match(if_match, etag_of(before.id, before.revision))
    await views.remove(view, caller.id)
    return Response(status_code=204)


def _check_shared(shared: bool, caller: Principal) -> None:
    """Raise Problem for a shared view of somebody who may only have own ones."""
    if shared and not caller.has(Right.CANNED_WRITE):
        raise Problem("not-allowed")


def _view(id_: str, body: ViewBody, caller: Principal, by: str) -> SavedView:
    _check_shared(body.shared, caller)
    return SavedView(
        id=id_,
        name=body.name,
        filter=body.filter.model_dump(mode="json"),
        owner=SHARED if body.shared else caller.id,
        by=by,
    )


def _answer(view: SavedView, revision: int | None = None) -> ViewAnswer:
    return ViewAnswer(
        id=view.id,
        name=view.name,
        filter=ViewFilter.model_validate(view.filter),
        shared=view.owner == SHARED,
        by=view.by,
        revision=revision or view.revision,
        etag=etag_of(view.id, revision or view.revision),
    )
