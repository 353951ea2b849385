"""`parley apply`: creates or changes a workspace from a file; applying it twice changes nothing."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.workspace import WorkspaceFile


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def apply(
        file: Annotated[Path, typer.Option("--file", "-f", help="The workspace file (YAML).")],
        dir: Annotated[Path, typer.Option(help="State directory of the stack.")] = Path(".parley"),  # noqa: A002
    ) -> None:
        """Create or change a workspace; `${NAME}` in the file is taken from the environment, or from `.env`."""
        from devtools.cli.running import export_if_running

        export_if_running(dir)
        print(apply_file(file))


def apply_file(file: Path) -> str:
    """Apply a file to what the environment names; a sentence about what happened. Raises StackError."""
    from devtools.cli.workspace_file import read
    from devtools.stack.environment import read_dotenv
    from devtools.stack.errors import StackError
    from devtools.stack.services import PROJECT
    from shared.errors import DependencyAway
    from shared.repositories.workspaces import ChannelTaken
    from shared.settings import SettingsError

    wanted = read(file, {**read_dotenv(PROJECT / ".env"), **os.environ})
    try:
        outcome = asyncio.run(_apply(wanted))
    except (DependencyAway, ChannelTaken, SettingsError) as error:
        raise StackError(str(error)) from None
    lines = [f"workspace {wanted.workspace}: {outcome}, {len(wanted.channels)} channels, {len(wanted.faqs)} FAQs"]
    if wanted.flows:
        lines.append(f"{file}: flows are kept, but this version does not run them yet: {', '.join(wanted.flows)}")
    return "\n".join(lines)


async def _apply(wanted: "WorkspaceFile") -> str:
    from shared.clock import SystemClock
    from shared.crypto import Secrets
    from shared.repositories.indexes import ensure_indexes
    from shared.repositories.mongo import Mongo
    from shared.repositories.redis import Redis
    from shared.repositories.workspaces import WorkspaceEditor
    from shared.settings import load

    settings = load()
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongodb_driver)
    redis = Redis(settings.redis_url.get_secret_value())
    try:
        await ensure_indexes(mongo)
        editor = WorkspaceEditor(mongo, redis, Secrets(settings.secret_keys), SystemClock())
        return await editor.apply(wanted)
    finally:
        await redis.close()
        await mongo.close()
