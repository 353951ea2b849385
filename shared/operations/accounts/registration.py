"""Makes an empty workspace for a person who registers."""

from shared.clock import Clock
from shared.crypto import Secrets
from shared.domain.accounts import Member, Role, User
from shared.operations.errors import OperationRefused
from shared.repositories.invitations import Invitations
from shared.repositories.members import Members
from shared.repositories.workspace_changes import WorkspaceExists
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Tier


class WorkspaceTaken(OperationRefused):
    """Raised when the name of a new workspace is taken."""

    reason = "workspace-taken"


_TAKEN = "the name of the workspace is taken; choose another one"


async def check_workspace_is_free(mongo: Mongo, clock: Clock, workspace: str, owner: str = "") -> None:
    """Raise WorkspaceTaken if there is a workspace of that name, unless its registration failed before it had an owner.

    owner: the id of the user who registers; empty: a new one. Raises DependencyAway.
    """
    workspaces = Workspaces(mongo, clock)
    if await workspaces.current(workspace) is not None and not await _may_go_on(mongo, clock, workspace, owner):
        raise WorkspaceTaken(_TAKEN)


async def _may_go_on(mongo: Mongo, clock: Clock, workspace: str, owner: str) -> bool:
    """Return whether the registration of a workspace failed half-way: nobody is a member or invited, nothing was
    changed, and no file was applied.
    """
    if not await Workspaces(mongo, clock).is_unchanged_registration(workspace):
        return False
    invited = await Invitations(mongo, workspace).open(clock.now())
    return not invited and await Members(mongo, workspace).may_found(owner)


async def register_workspace(
    mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock, workspace: str, owner: User
) -> None:
    """Make an empty workspace of the tier `free` with its owner; `parley apply` gives another tier. Raises
    WorkspaceTaken, DependencyAway.

    Of two who want the same name at the same time, one gets it. What an earlier call did that failed half-way is used.
    """
    form = {"workspace": workspace, "tier": Tier.FREE.value}
    try:
        await WorkspaceEditor(mongo, redis, secrets, clock).create(form, registered=True)
    except WorkspaceExists:
        if not await _may_go_on(mongo, clock, workspace, owner.id):
            raise WorkspaceTaken(_TAKEN) from None
    member = Member(workspace=workspace, user=owner.id, role=Role.OWNER, since=clock.now())
    if not await Members(mongo, workspace).found(member):
        raise WorkspaceTaken(_TAKEN)
