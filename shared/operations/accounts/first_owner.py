"""The one-time link by which somebody becomes the first owner of a workspace."""

from shared.clock import Clock
from shared.domain.accounts import Role
from shared.operations.accounts.links import INVITATION, link_to
from shared.operations.accounts.people import Admission, People
from shared.repositories.members import Members
from shared.storage.mongo import Mongo


async def first_owner_link(mongo: Mongo, clock: Clock, url: str, workspace: str) -> str:
    """Return a link for whoever opens it first; empty if the workspace has an owner. Raises DependencyAway."""
    members = await Members(mongo, workspace).all()
    if any(member.role is Role.OWNER for member in members):
        return ""
    _, token = await People(mongo, clock).invite(workspace, "", Admission(Role.OWNER), "cli")
    return link_to(url, INVITATION, token)
