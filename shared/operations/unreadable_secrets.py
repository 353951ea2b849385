"""Finds stored secrets that cannot be read with SECRETS_KEY, of all workspaces and users."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from shared.crypto import Secrets, SecretUnreadable
from shared.domain.accounts import second_factor_field
from shared.maintenance.operator import Operator
from shared.repositories.users import Users
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True)
class UnreadableSecret:
    """A stored secret that no present key decrypts. workspace: empty for a user's second factor. field: channel or
    webhook, and the secret's name. reason: in words, without a value.
    """

    workspace: str
    field: str
    reason: str


async def unreadable_secrets(mongo: Mongo, secrets: Secrets, editor: WorkspaceEditor) -> list[UnreadableSecret]:
    """Return all of them. Raises DependencyAway."""
    found = []
    for workspace in await Operator(mongo).workspaces():
        for field, sealed in await editor.sealed_secrets(workspace):
            found += _problem(secrets, workspace, field, sealed)
    async for user, sealed in _second_factors(Users(mongo)):
        found += _problem(secrets, "", second_factor_field(user), sealed)
    return found


async def _second_factors(users: Users) -> AsyncIterator[tuple[str, str]]:
    after = ""
    while batch := await users.second_factors(after):
        for user, sealed in batch:
            yield user, sealed
        after = batch[-1][0]


def _problem(secrets: Secrets, workspace: str, field: str, sealed: str) -> list[UnreadableSecret]:
    try:
        secrets.decrypt(sealed, workspace=workspace, field=field)
    except SecretUnreadable as error:
        return [UnreadableSecret(workspace, field, str(error))]
    return []
