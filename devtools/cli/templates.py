"""`parley templates`: fetches template definitions from Meta, and lists them."""

import json
from typing import Annotated, Any

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from shared.clock import SystemClock
from shared.operations.templates import SyncedAccount, TemplateSync, known_templates
from shared.templates.definitions import variable_count

WorkspaceArgument = Annotated[str, typer.Argument(help="The workspace.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Templates: sync, list.", no_args_is_help=True)
    group.command()(sync)
    group.command("list")(list_known)
    app.add_typer(group, name="templates")


def sync(
    workspace: WorkspaceArgument,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Fetch the templates of the workspace's Meta accounts; template messages are checked against them."""
    export_if_running(dir)
    for one in run(_sync(workspace)):
        print(f"{one.account}: {one.templates} templates" + (f", {one.removed} removed" if one.removed else ""))


def list_known(
    workspace: WorkspaceArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the templates of the workspace file and of the last `sync`."""
    export_if_running(dir)
    rows = run(_known(workspace))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
    if not rows and not as_json:
        print("There are no templates; `parley templates sync` fetches them from Meta.")


def _line(row: dict[str, Any]) -> str:
    parameters = f"{variable_count(row['body'])} parameters"
    header = f", header: {row['header']}" if row["header"] != "none" else ""
    buttons = f", {len(row['buttons'])} buttons" if row["buttons"] else ""
    state = " ".join(filter(None, (row["status"], row["category"], row.get("quality"))))
    return f"{row['name']} ({row['language']})  {state}  {parameters}{header}{buttons}  from {row['from']}"


async def _sync(workspace: str) -> list[SyncedAccount]:
    async with connections() as connected:
        return await TemplateSync(connected.mongo, connected.directory, connected.settings, SystemClock()).sync(
            workspace
        )


async def _known(workspace: str) -> list[dict[str, Any]]:
    async with connections() as connected:
        return await known_templates(connected.mongo, workspace, SystemClock())
