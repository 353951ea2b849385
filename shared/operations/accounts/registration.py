"""Makes an empty workspace for a person who registers."""

from shared.clock import Clock
from shared.crypto import Secrets
from shared.domain.accounts import Member, Role, User
from shared.operations.errors import OperationRefused
from shared.repositories.members import Members
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import WorkspaceFile


class WorkspaceTaken(OperationRefused):
    """Raised when the name of a new workspace is taken."""


_TAKEN = "the name of the workspace is taken; choose another one"


async def check_workspace_is_free(mongo: Mongo, clock: Clock, workspace: str) -> None:
    """Raises WorkspaceTaken, DependencyAway."""
    if await Workspaces(mongo, clock).get(workspace) is not None:
        raise WorkspaceTaken(_TAKEN)


async def register_workspace(
    mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock, workspace: str, owner: User
) -> None:
    """Make an empty workspace with its owner. Raises WorkspaceTaken, DependencyAway.

    Of two who want the same name at the same time, one gets it.
    """
    member = Member(workspace=workspace, user=owner.id, role=Role.OWNER, since=clock.now())
    await check_workspace_is_free(mongo, clock, workspace)
    if not await Members(mongo, workspace).found(member):
        raise WorkspaceTaken(_TAKEN)
    await WorkspaceEditor(mongo, redis, secrets, clock).apply(WorkspaceFile(workspace=workspace))
