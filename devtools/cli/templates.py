"""`parley templates`: what a workspace's templates want, as Meta has them; fetched by `sync`, shown by `list`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.messages.inbound import Provider
from shared.providers.errors import MediaError
from shared.providers.media_download import open_media_session
from shared.providers.meta.definitions import MetaTemplates
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.templates.definitions import TemplateDefinition, variable_count

WorkspaceArgument = Annotated[str, typer.Argument(help="The workspace.")]
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Definitions of templates: sync, list.", no_args_is_help=True)
    group.command()(sync)
    group.command("list")(list_known)
    app.add_typer(group, name="templates")


def sync(
    workspace: WorkspaceArgument,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Fetch the templates of the workspace's Meta accounts; messages are checked against them from then on."""
    export_if_running(dir)
    for account, count, gone in run(_sync(workspace)):
        print(f"{account}: {count} templates" + (f", {gone} are gone" if gone else ""))


def list_known(
    workspace: WorkspaceArgument,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each template.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show what is known: from the workspace file, and from the last `sync`."""
    export_if_running(dir)
    rows = run(_rows(workspace))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
    if not rows and not as_json:
        print("No template is known; `parley templates sync` asks Meta.")


def _line(row: dict[str, Any]) -> str:
    wants = f"{variable_count(row['body'])} parameters"
    header = f", header: {row['header']}" if row["header"] != "none" else ""
    buttons = f", {len(row['buttons'])} buttons" if row["buttons"] else ""
    state = " ".join(filter(None, (row["status"], row["category"], row.get("quality"))))
    return f"{row['name']} ({row['language']})  {state}  {wants}{header}{buttons}  from {row['from']}"


async def _sync(workspace: str) -> list[tuple[str, int, int]]:
    async with connections() as known:
        channels = await known.directory.by_workspace(workspace)
        accounts = {it.settings.get("waba_id", ""): it for it in channels if it.provider is Provider.META}
        if not accounts:
            raise StackError(f"{workspace} has no Meta number; other templates are written in the workspace file")
        done = []
        for account, channel in accounts.items():
            try:
                found = await _fetched(channel, known.settings)
            except MediaError as error:
                raise StackError(f"{workspace}, account {account}: {error}") from None
            gone = await ProviderTemplates(known.mongo, workspace).replace(account, found, SystemClock().now())
            done.append((account, len(found), gone))
        return done


async def _fetched(channel: Any, settings: Settings) -> list[Any]:
    async with open_media_session([settings.meta_graph_url]) as session:
        source = MetaTemplates(session, graph_url=settings.meta_graph_url, version=settings.meta_graph_version)
        return await source.list(channel)


async def _rows(workspace: str) -> list[dict[str, Any]]:
    async with connections() as known:
        found = await Workspaces(known.mongo, SystemClock()).get(workspace)
        if found is None:
            raise StackError(f"there is no workspace {workspace}")
        written = [{**one.model_dump(mode="json"), "status": "-", "from": "the file"} for one in found.templates]
        now = SystemClock().now()
        return [*written, *(_row(one, now) for one in await ProviderTemplates(known.mongo, workspace).all())]


def _row(known: ProviderTemplate, now: datetime) -> dict[str, Any]:
    definition = known.definition or TemplateDefinition(name=known.name, language=known.language)
    return {
        **definition.model_dump(mode="json"),
        "status": known.status_at(now) or "-",
        "category": known.category or definition.category,
        "quality": known.quality,
        "from": f"{known.account}, {known.at:%Y-%m-%d %H:%M} UTC" if known.definition else f"{known.account}, told",
    }
