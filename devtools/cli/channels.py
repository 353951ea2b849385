"""`parley channels`: lists and resumes stopped channels, and lists account events."""

import json
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.maintenance.indexes import ensure_indexes
from shared.operations.channels import StoppedChannelReport, resume_channel, stopped_channels
from shared.operations.checks.channel import ChannelChecks
from shared.operations.checks.check import Check
from shared.operations.unreadable_secrets import UnreadableSecret, unreadable_secrets
from shared.repositories.account_events import AccountEvents
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Document


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Channels: list stopped ones, resume, check, events.", no_args_is_help=True)
    group.command("list")(list_stopped)
    group.command()(resume)
    group.command()(check)
    group.command()(events)
    app.add_typer(group, name="channels")


def list_stopped(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List stopped channels with the provider's reason and their held messages, and secrets that cannot be read.

    Exit code 1 if there is one.
    """
    export_if_running(dir)
    rows, unreadable = run(_read())
    for row in rows:
        one, reason = row.channel, row.reason
        if as_json:
            fields = {"workspace": one.workspace, "channel": one.channel, "provider": one.provider}
            print(json.dumps({**fields, "since": one.since.isoformat(), "reason": reason, "held": row.held}))
        else:
            where = f"{one.workspace}/{one.channel} ({one.provider})"
            held = f"{row.held} message{'s' * (row.held != '1')} held"
            console().print(f"{where}  stopped since {one.since:%Y-%m-%d %H:%M:%S} UTC  {reason}  {held}")
    for secret in unreadable:
        if as_json:
            print(json.dumps({"workspace": secret.workspace, "secret": secret.field, "reason": secret.reason}))
        else:
            console().print(f"{secret.reason}: its channel or webhook does not work")
    if not rows and not unreadable:
        if not as_json:
            print("No channel is stopped.")
        return
    if rows and not as_json:
        print("Renew the credential with `parley apply`; after repairing the account use `parley channels resume`.")
    raise typer.Exit(1)


def resume(
    channel: Annotated[str, typer.Argument(help="WORKSPACE/CHANNEL, as `parley channels list` shows it.")],
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Resume a stopped channel with its present credential; its held messages are sent in order."""
    workspace, _, name = channel.partition("/")
    if not name:
        raise StackError(f"{channel!r} is not WORKSPACE/CHANNEL, such as acme/main")
    export_if_running(dir)
    run(_resume(workspace, name))
    print(f"{channel}: resumes within seconds; it stops again if the provider still refuses it.")


def check(
    channel: Annotated[str, typer.Argument(help="WORKSPACE/CHANNEL, such as acme/main.")],
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Check a channel's credentials at the provider, its webhooks, and whether it sends. Exit code 1 if not."""
    workspace, _, name = channel.partition("/")
    if not name:
        raise StackError(f"{channel!r} is not WORKSPACE/CHANNEL, such as acme/main")
    export_if_running(dir)
    found = run(_check(workspace, name))
    for one in found:
        print(f"{'ok     ' if one.good else 'PROBLEM'} {one.name:<13}{one.text}")
        if not one.good and one.advice:
            print(f"        {'':<13}-> {one.advice}")
    if not all(one.good for one in found):
        raise typer.Exit(1)


def events(
    workspace: Annotated[str, typer.Argument(help="The workspace.")],
    limit: Annotated[int, typer.Option(help="At most this many, the newest first.", min=1, max=1000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line, with raw event.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List account events of providers on accounts, numbers and templates, and their consequences."""
    export_if_running(dir)
    found = run(_events(workspace, limit))
    for one in found:
        fields = {name: one.get(name) for name in ("provider", "account", "channel", "kind", "follows", "description")}
        if as_json:
            print(json.dumps({"at": one["at"].isoformat(), **fields, "raw": one["raw"]}, ensure_ascii=False))
        else:
            print(f"{one['at']:%Y-%m-%d %H:%M:%S} UTC  {one['account']}  {_described(one)}  {one['follows']}")
    if not found and not as_json:
        print("There are no account events in the last 90 days.")


def _described(event: Document) -> str:
    """Return an event's description; events stored by earlier versions have only their kind."""
    return str(event.get("description") or event["kind"])


async def _check(workspace: str, channel: str) -> list[Check]:
    async with connections() as connected:
        settings = connected.settings
        checks = ChannelChecks(connected.mongo, connected.redis, Secrets(settings.secret_keys), settings, SystemClock())
        return await checks.run(workspace, channel)


async def _events(workspace: str, limit: int) -> list[Document]:
    async with connections() as connected:
        return await AccountEvents(connected.mongo, workspace).newest(limit)


async def _read() -> tuple[list[StoppedChannelReport], list[UnreadableSecret]]:
    async with connections() as connected:
        secrets = Secrets(connected.settings.secret_keys)
        editor = WorkspaceEditor(connected.mongo, connected.redis, secrets, SystemClock())
        await ensure_indexes(connected.mongo)
        return await stopped_channels(connected.mongo), await unreadable_secrets(connected.mongo, secrets, editor)


async def _resume(workspace: str, channel: str) -> None:
    async with connections() as connected:
        await resume_channel(connected.mongo, workspace, channel)
