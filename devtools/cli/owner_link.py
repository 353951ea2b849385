"""The one-time link for the first owner of the only workspace of a local stack."""

from urllib.parse import urlsplit

from devtools.cli.connections import connections
from services.console.auth.cookies import is_loopback
from shared.clock import SystemClock
from shared.operations.accounts.first_owner import first_owner_link


async def owner_link(console_url: str | None) -> str:
    """Return a link; empty if the workspace has an owner, if there is not exactly one workspace, or if the console is
    not on this machine. The settings are those of the stack (`Running.export`). Raises DependencyAway.
    """
    if not console_url or not is_loopback(urlsplit(console_url).hostname or ""):
        return ""
    async with connections() as known:
        names = await known.operator.workspaces()
        return await first_owner_link(known.mongo, SystemClock(), console_url, names[0]) if len(names) == 1 else ""
