"""Makes an empty workspace for a person who registers."""

from shared.clock import Clock
from shared.crypto import Secrets
from shared.domain.accounts import Member, Role, User
from shared.operations.errors import OperationRefused
from shared.repositories.members import Members
from shared.repositories.workspace_changes import WorkspaceExists
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Tier


class WorkspaceTaken(OperationRefused):
    """Raised when the name of a new workspace is taken."""


_TAKEN = "the name of the workspace is taken; choose another one"


async def check_workspace_is_free(mongo: Mongo, clock: Clock, workspace: str) -> None:
    """Raise WorkspaceTaken if there is a workspace of that name. Raises DependencyAway."""
    if await Workspaces(mongo, clock).get(workspace) is not None:
        raise WorkspaceTaken(_TAKEN)


async def register_workspace(
    mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock, workspace: str, owner: User
) -> None:
    """Make an empty workspace of the tier `free` with its owner; `parley apply` gives another tier. Raises
    WorkspaceTaken, DependencyAway.

    Of two who want the same name at the same time, one gets it.
    """
    await check_workspace_is_free(mongo, clock, workspace)
    try:
        await WorkspaceEditor(mongo, redis, secrets, clock).create({"workspace": workspace, "tier": Tier.FREE.value})
    except WorkspaceExists:
        raise WorkspaceTaken(_TAKEN) from None
    member = Member(workspace=workspace, user=owner.id, role=Role.OWNER, since=clock.now())
    if not await Members(mongo, workspace).found(member):
        raise WorkspaceTaken(_TAKEN)
