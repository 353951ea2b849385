"""`parley archive`: moves old messages from MongoDB to compressed files, and searches them."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.domain import ids
from shared.maintenance.archive import Archive, ArchivedDocument, ArchiveUnreadable, TooYoung, words
from shared.repositories.customer_search import numbers_of
from shared.storage.documents import extended

FolderOption = Annotated[Path, typer.Option("--to", help="The archive's directory.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Archive of old messages: move, find.", no_args_is_help=True)
    group.command()(move)
    group.command()(find)
    app.add_typer(group, name="archive")


def move(
    to: FolderOption,
    older_than: Annotated[str, typer.Option("--older-than", help="Age in days, such as 365d; at least 30d.")] = "365d",
    workspace: WorkspaceOption = "",
    every: Annotated[bool, typer.Option("--all", help="Of all workspaces, one after another.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Move them. Otherwise only print their number.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Move messages, replies and model requests to DIR/WORKSPACE/MONTH.jsonl.gz; run only one process at a time.

    Conversations, customers, orders and unfinished messages stay. `parley customers erase --archive` removes a
    customer from the archive too.
    """
    if every and workspace:
        raise StackError("give one of --all and --workspace")
    age = _age(older_than)
    for one in run(_workspaces(dir)) if every else [workspace]:
        try:
            counts = run(_move(dir, one, to, age, yes))
        except (TooYoung, ArchiveUnreadable, OSError) as error:
            raise StackError(f"{one}: {error}" if every else str(error)) from None
        for name, count in counts.items():
            print(f"{f'{one}  ' if every else ''}{name:<12}{count:>10}  {'moved' if yes else 'would be moved'}")
    if not yes:
        print("Nothing has been changed; --yes moves them.")


def find(
    to: FolderOption,
    phone: Annotated[str, typer.Option("--phone", help="A customer's number, in any form.")] = "",
    conversation: Annotated[str, typer.Option("--conversation", help="A conversation's id.")] = "",
    correlation: Annotated[str, typer.Option("--correlation", help="A correlation id; `parley trace` shows it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    workspace: WorkspaceOption = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Print the archived messages of a conversation or an exchange, oldest first. Exit code 1 if there are none."""
    if sum(map(bool, (phone, conversation, correlation))) != 1:
        raise StackError("give one of --phone, --conversation and --correlation")
    try:
        found = run(_find(dir, workspace, to, phone, conversation, correlation))
    except (ArchiveUnreadable, OSError) as error:
        raise StackError(str(error)) from None
    for one in found:
        _print(one, as_json=as_json)
    if not found:
        if not as_json:
            print("The archive has no such messages.")
        raise typer.Exit(1)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})d", text)
    if found is None:
        raise StackError(f"--older-than {text}: write it in days, such as 365d")
    return timedelta(days=int(found[1]))


async def _workspaces(dir: Path) -> list[str]:  # noqa: A002
    export_if_running(dir)
    async with connections() as known:
        return list(await known.operator.workspaces())


async def _move(dir: Path, workspace: str, to: Path, age: timedelta, yes: bool) -> dict[str, int]:  # noqa: A002
    async with workspace_session(dir, workspace) as session:
        archive, before = Archive(session.mongo, session.workspace.workspace, to), session.now - age
        return await (archive.move(before, session.now) if yes else archive.count(before))


async def _find(
    dir: Path,  # noqa: A002
    workspace: str,
    to: Path,
    phone: str,
    conversation: str,
    correlation: str,
) -> list[ArchivedDocument]:
    async with workspace_session(dir, workspace) as session:
        name = session.workspace.workspace
        archive = Archive(session.mongo, name, to)
        if not phone:
            return archive.find(conversation_id=conversation, correlation_id=correlation)
        numbers = numbers_of(phone, session.workspace.region)
        if not numbers:
            raise StackError("--phone: that is not a phone number")
        channels = [channel.id for channel in session.workspace.channels]
        conversations = {ids.conversation_id(name, channel, number) for channel in channels for number in numbers}
        return sorted((one for each in conversations for one in archive.find(conversation_id=each)), key=_at)


def _at(one: ArchivedDocument) -> datetime:
    return one.at


def _print(one: ArchivedDocument, *, as_json: bool) -> None:
    if as_json:
        print(extended({"kind": one.kind, **one.document}))
        return
    console().print(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.kind:<9}  {words(one)}".rstrip(), soft_wrap=True)
