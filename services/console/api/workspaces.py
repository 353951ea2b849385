"""The workspaces of the signed-in person, and new ones where registration is open."""

from typing import Annotated

from pydantic import Field

from services.console.audit import AuditNoteOf
from services.console.caller import Principal, needs
from services.console.founding import founding
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import api_router
from shared.domain.accounts import Role
from shared.operations.accounts.registration import register_workspace
from shared.repositories.memberships import Memberships
from shared.validation.field_types import Name

router = api_router("/workspaces", "workspaces")
_MOST_OWNED = 5
Self = Annotated[Principal, needs(Right.SELF)]


class WorkspaceListed(AnswerModel):
    """A workspace that the caller is a member of. title: the name of the business; empty: none is set."""

    workspace: str
    title: str
    role: Role


class WorkspaceList(AnswerModel):
    """All of them, by name."""

    items: list[WorkspaceListed]


class NewWorkspace(RequestModel):
    """A workspace to be made. workspace: its name in addresses, topics and commands; it cannot be changed."""

    workspace: Name = Field(max_length=63)


@router.get("")
async def list_workspaces(caller: Self, parts: PartsOf) -> WorkspaceList:
    """Return the workspaces that the caller is a member of."""
    found = []
    for member in await Memberships(parts.mongo).of_user(caller.id):
        workspace = await parts.workspaces.get(member.workspace)
        title = workspace.name if workspace else ""
        found.append(WorkspaceListed(workspace=member.workspace, title=title, role=Role(member.role)))
    return WorkspaceList(items=sorted(found, key=lambda one: one.workspace))


@router.post("", status_code=201)
async def make_workspace(body: NewWorkspace, caller: Self, parts: PartsOf, note: AuditNoteOf) -> WorkspaceListed:
    """Make an empty workspace whose owner is the caller, where registration is open (`CONSOLE_SIGNUP`)."""
    if parts.settings.console_signup != "open":
        raise Problem("not-allowed", "this installation makes workspaces with `parley apply`")
    async with founding(parts, caller.id):  # or several at once would pass the limit
        await _found(body.workspace, caller, parts)
    parts.accounts.cache.forget(user=caller.id)
    note.workspace, note.target = body.workspace, f"workspace:{body.workspace}"
    return WorkspaceListed(workspace=body.workspace, title="", role=Role.OWNER)


async def _found(workspace: str, caller: Principal, parts: Parts) -> None:
    owned = [one for one in await Memberships(parts.mongo).of_user(caller.id) if one.role == Role.OWNER]
    if len(owned) >= _MOST_OWNED:
        detail = f"a person may own {_MOST_OWNED} workspaces made here"
        raise Problem("conflict", detail, reason="too-many-workspaces")
    user = await parts.accounts.users.get(caller.id)
    if user is None:
        raise Problem("invalid", errors=[FieldError("#", "the account does not exist any more")])
    await register_workspace(parts.mongo, parts.redis, parts.secrets, parts.clock, workspace, user)
