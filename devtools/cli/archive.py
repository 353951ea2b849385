"""`parley archive`: old messages out of MongoDB into compressed files, and what is there of a conversation."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR
from devtools.cli.screen import console
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.domain import ids
from shared.maintenance.archive import Archive, ArchivedDocument, ArchiveUnreadable, TooYoung, words
from shared.repositories.customer_search import numbers_of
from shared.storage.documents import extended

FolderOption = Annotated[Path, typer.Option("--to", help="The archive's directory.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Whose messages; of several workspaces.")]
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Old messages, in files: move, find.", no_args_is_help=True)
    group.command()(move)
    group.command()(find)
    app.add_typer(group, name="archive")


def move(
    to: FolderOption,
    older_than: Annotated[str, typer.Option("--older-than", help="Such as 365d; at least 30d.")] = "365d",
    workspace: WorkspaceOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Otherwise only say how many there are.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Move messages, answers and what models were asked into DIR/WORKSPACE/MONTH.jsonl.gz; one process at a time.

    Conversations, customers and orders stay, and so does what is not through yet. `parley customers erase --archive`
    removes a person from there too.
    """
    try:
        counts = run(_move(dir, workspace, to, _age(older_than), yes))
    except (TooYoung, OSError) as error:
        raise StackError(str(error)) from None
    for name, count in counts.items():
        print(f"{name:<12}{count:>10}  {'moved' if yes else 'would be moved'}")
    if not yes:
        print("Nothing has been changed; do it with --yes.")


def find(
    to: FolderOption,
    phone: Annotated[str, typer.Option("--phone", help="A customer's number, in any form.")] = "",
    conversation: Annotated[str, typer.Option("--conversation", help="Or a conversation's id.")] = "",
    correlation: Annotated[str, typer.Option("--correlation", help="Or an exchange's, as `parley trace` has it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each, whole.")] = False,
    workspace: WorkspaceOption = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Print what the archive has of a conversation or an exchange, oldest first. Exit code 1 if there is nothing."""
    if sum(map(bool, (phone, conversation, correlation))) != 1:
        raise StackError("say what: --phone, --conversation or --correlation, one of them")
    try:
        found = run(_find(dir, workspace, to, phone, conversation, correlation))
    except (ArchiveUnreadable, OSError) as error:
        raise StackError(str(error)) from None
    for one in found:
        _print(one, as_json=as_json)
    if not found:
        if not as_json:
            print("The archive has nothing of that.")
        raise typer.Exit(1)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})d", text)
    if found is None:
        raise StackError(f"--older-than {text}: say it in days, such as 365d")
    return timedelta(days=int(found[1]))


async def _move(dir: Path, workspace: str, to: Path, age: timedelta, yes: bool) -> dict[str, int]:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        archive, before = Archive(known.mongo, known.workspace.workspace, to), known.now - age
        return await (archive.move(before, known.now) if yes else archive.count(before))


async def _find(
    dir: Path,  # noqa: A002
    workspace: str,
    to: Path,
    phone: str,
    conversation: str,
    correlation: str,
) -> list[ArchivedDocument]:
    async with workspace_session(dir, workspace) as known:
        name = known.workspace.workspace
        archive = Archive(known.mongo, name, to)
        if not phone:
            return archive.find(conversation_id=conversation, correlation_id=correlation)
        numbers = numbers_of(phone, known.workspace.region)
        if not numbers:
            raise StackError("--phone: that is not a phone number")
        channels = [channel.id for channel in known.workspace.channels]
        talks = {ids.conversation_id(name, channel, number) for channel in channels for number in numbers}
        return sorted((one for talk in talks for one in archive.find(conversation_id=talk)), key=_at)


def _at(one: ArchivedDocument) -> datetime:
    return one.at


def _print(one: ArchivedDocument, *, as_json: bool) -> None:
    if as_json:
        print(extended({"kind": one.kind, **one.document}))
        return
    console().print(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.kind:<9}  {words(one)}".rstrip(), soft_wrap=True)
