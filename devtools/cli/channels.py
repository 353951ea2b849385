"""`parley channels`: which numbers have been stopped, why, and what waits for them; resume one that is mended; what
providers have told about the accounts.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.cli.screen import console
from devtools.stack.errors import StackError
from shared.operations.channels import StoppedChannelReport, resume_channel, stopped_channels
from shared.repositories.account_events import AccountEvents
from shared.storage.mongo import Document

DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Stopped channels: list, resume; events of the accounts.", no_args_is_help=True)
    group.command("list")(list_stopped)
    group.command()(resume)
    group.command()(events)
    app.add_typer(group, name="channels")


def list_stopped(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each channel.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the channels that a provider refuses as a whole, with the provider's reason. Exit code 1 if there is one."""
    export_if_running(dir)
    rows = run(_read())
    for row in rows:
        one, reason = row.channel, row.reason
        if as_json:
            fields = {"workspace": one.workspace, "channel": one.channel, "provider": one.provider}
            print(json.dumps({**fields, "since": one.since.isoformat(), "reason": reason, "held": row.held}))
        else:
            where = f"{one.workspace}/{one.channel} ({one.provider})"
            console().print(
                f"{where}  stopped since {one.since:%Y-%m-%d %H:%M:%S} UTC  {reason}  {row.held} messages held"
            )
    if not rows:
        if not as_json:
            print("No channel is stopped.")
        return
    if not as_json:
        print(
            "Renew the credential with `parley apply`; when the account has been put right: `parley channels resume`."
        )
    raise typer.Exit(1)


def resume(
    channel: Annotated[str, typer.Argument(help="WORKSPACE/CHANNEL, as `parley channels list` shows it.")],
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Have a stopped channel tried again, with the credential that it has; its messages go out in their order."""
    workspace, _, name = channel.partition("/")
    if not name:
        raise StackError(f"{channel!r} is not WORKSPACE/CHANNEL, such as acme/main")
    export_if_running(dir)
    run(_resume(workspace, name))
    print(f"{channel}: resumed within seconds; it stops again if the provider still refuses it.")


def events(
    workspace: Annotated[str, typer.Argument(help="The workspace.")],
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=1000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line, with the raw event.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List what providers have told about accounts, numbers and templates, and what was done about it."""
    export_if_running(dir)
    found = run(_events(workspace, limit))
    for one in found:
        told = {name: one.get(name) for name in ("provider", "account", "channel", "kind", "follows")}
        if as_json:
            print(json.dumps({"at": one["at"].isoformat(), **told, "raw": one["raw"]}, ensure_ascii=False))
        else:
            print(f"{one['at']:%Y-%m-%d %H:%M:%S} UTC  {one['account']}  {one['kind']}  {one['follows']}")
    if not found and not as_json:
        print("No provider has told anything in the last 90 days.")


async def _events(workspace: str, limit: int) -> list[Document]:
    async with connections() as known:
        return await AccountEvents(known.mongo, workspace).newest(limit)


async def _read() -> list[StoppedChannelReport]:
    async with connections() as known:
        return await stopped_channels(known.mongo)


async def _resume(workspace: str, channel: str) -> None:
    async with connections() as known:
        await resume_channel(known.mongo, workspace, channel)
