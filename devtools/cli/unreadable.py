"""Says at the start of a local stack which stored credentials its SECRETS_KEY does not decrypt, and what to do."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from devtools.cli.connections import connections
from devtools.cli.connections import run as run_async
from devtools.cli.running import command
from devtools.stack.statedir import StateDir
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.operations.unreadable_secrets import UnreadableSecret, unreadable_secrets
from shared.repositories.workspace_editor import WorkspaceEditor

_NAMED = 3


def show_unreadable_secrets(screen: Console, dir: Path) -> None:  # noqa: A002 - as the option is called
    """Print them, if there are any. Raises StackError if MongoDB is away."""
    found = run_async(_unreadable())
    if not found:
        return
    names = ", ".join(f"{one.field} of {one.workspace}" if one.workspace else one.field for one in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    problem = f"SECRETS_KEY does not decrypt {names}{more}: they were stored with another key, and do not work."
    screen.print(Text(f"\n  ! {problem} One of these helps:", style="yellow"), soft_wrap=True)
    for step in (
        f"Take SECRETS_KEY out of .env and the environment: the stack uses its own then, {StateDir(dir).secrets_key}.",
        f"Store the credentials anew, with `{command(dir)('apply -f FILE')}` or in the console.",
        "Begin without this data: `--dir` with another directory.",
    ):
        screen.print(Text(f"    - {step}"), soft_wrap=True)


async def _unreadable() -> list[UnreadableSecret]:
    async with connections() as connected:
        secrets = Secrets(connected.settings.secret_keys)
        editor = WorkspaceEditor(connected.mongo, connected.redis, secrets, SystemClock())
        return await unreadable_secrets(connected.mongo, secrets, editor)
