"""`parley export`: writes a workspace back as a workspace file, with its flows."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.operations.workspaces.export import ExportedWorkspace, export_workspace
from shared.repositories.workspace_editor import WorkspaceEditor


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def export(
        workspace: Annotated[str, typer.Argument(help="The workspace.")],
        to: Annotated[Path | None, typer.Option("--to", help="Folder to write the file and its flows to.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
        dir: DirOption = DEFAULT_DIR,  # noqa: A002
    ) -> None:
        """Write a workspace back as a workspace file, with `${NAMES}` for secrets.

        Applying it changes nothing. Without --to it is printed, and its flows are not written.
        """
        export_if_running(dir)
        found = run(_export(workspace))
        if to is None:
            print(found.text, end="")
            return
        files = {to / f"{workspace}.yaml": found.text, **{to / path: text for path, text in found.flows.items()}}
        _write(files, force=force)
        for path in files:
            print(path)


def _write(files: dict[Path, str], *, force: bool) -> None:
    there = [str(path) for path in files if path.exists()]
    if there and not force:
        raise StackError(f"{', '.join(there)}: is there already; --force replaces it")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


async def _export(workspace: str) -> ExportedWorkspace:
    async with connections() as known:
        editor = WorkspaceEditor(known.mongo, known.redis, Secrets(known.settings.secret_keys), SystemClock())
        return await export_workspace(known.mongo, editor, workspace)
