"""`parley broadcast`: make one, see what it would do, start it, watch it, hold it. Delivery does the sending."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from devtools.cli import broadcast_create
from devtools.cli.broadcast_screen import follow, held_off_in_words, read_progress, tell, tell_estimate
from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR
from devtools.cli.workspace_session import found_by, workspace_session
from devtools.stack.errors import StackError
from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.operations.broadcasts.estimate import Estimate, problems_now
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.repositories.broadcasts import Broadcasts
from shared.storage.documents import plain

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Whose broadcast; of several workspaces.")]
NameArgument = Annotated[str, typer.Argument(help="The broadcast's name.")]
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on one line.")]
WatchOption = Annotated[bool, typer.Option("--watch", help="Show how far it is until it ends or pauses.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Broadcasts: one message for many customers.", no_args_is_help=True)
    group.command()(broadcast_create.create)
    for command in (start, pause, resume, cancel, retry, status):
        group.command()(command)
    group.command("list")(list_broadcasts)
    app.add_typer(group, name="broadcast")


def start(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    at: Annotated[str, typer.Option("--at", help="When, such as 2026-05-01T09:00 in the workspace's time.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would get it, and what it costs.")] = False,
    watch: WatchOption = False,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Start a draft, now or at a time; its audience is read then. Exit code 1 if something is wrong with it."""
    if dry_run:
        found = run(_estimate(dir, workspace, name))
        tell_estimate(*found, as_json=as_json)
        if found[1].problems:
            raise typer.Exit(1)
        return
    begins = run(_start(dir, workspace, name, at))
    print(f"{name} begins {'now' if begins is None else f'at {begins:%Y-%m-%d %H:%M %Z}'}.")
    if watch:
        follow(dir, workspace, name)


def pause(name: NameArgument, workspace: WorkspaceOption = "", dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002
    """Send nothing more for now. What delivery has in hand already still goes out."""
    _told(dir, workspace, name, "paused", lambda it, one, now: it.pause(one.id, "paused by a person", now))


def resume(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    watch: WatchOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Go on with a broadcast that is paused, whoever has paused it."""
    _told(dir, workspace, name, "resumed", lambda it, one, now: it.resume(one.id, now))
    if watch:
        follow(dir, workspace, name)


def cancel(name: NameArgument, workspace: WorkspaceOption = "", dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002
    """End it for good: who has not been written to will not be. What delivery has in hand already still goes out."""
    _told(dir, workspace, name, "cancelled", lambda it, one, now: it.cancel(one.id, now))


def retry(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would be tried, and who not yet.")] = False,
    watch: WatchOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Try those that failed once more. Not those of whom nobody knows whether they got it, and not within a day those
    for whom the provider asks for that.
    """
    count, held_off = run(_retry(dir, workspace, name, dry_run=dry_run))
    verb = "would be" if dry_run else "are"
    print(f"{count} of {name} {verb} tried once more." if count else f"Nobody of {name} is to be tried once more.")
    if held_off.count:
        print(held_off_in_words(held_off))
    if watch and count and not dry_run:
        follow(dir, workspace, name)


def status(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    watch: WatchOption = False,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show how far a broadcast is, and why some were skipped or failed."""
    if watch:
        follow(dir, workspace, name)
        return
    standing = run(read_progress(dir, workspace, name))
    print(json.dumps(standing.document(), ensure_ascii=False)) if as_json else tell(standing)


def list_broadcasts(
    workspace: WorkspaceOption = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List broadcasts, the newest first."""
    found = run(_newest(dir, workspace, limit))
    for one in found:
        if as_json:
            print(json.dumps(plain(one), ensure_ascii=False))
        else:
            many = "" if one.total is None else f"{one.total:,} recipients"
            said = f"{one.created_at:%Y-%m-%d %H:%M} UTC  {one.stage:<9}  {one.name}  {many}  {one.reason}"
            print(" ".join(said.rstrip().splitlines()))
    if not found and not as_json:
        print("There is no broadcast yet.")


Change = Callable[["Broadcasts", "Broadcast", datetime], Awaitable[bool]]


def _told(dir: Path, workspace: str, name: str, done: str, change: Change) -> None:  # noqa: A002
    run(_change(dir, workspace, name, done, change))
    print(f"{name} is {done}.")


async def _change(dir: Path, workspace: str, name: str, done: str, change: Change) -> None:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        broadcasts, one = await found_by(known, name)
        if not await change(broadcasts, one, known.now):
            now = await broadcasts.get(one.id)
            raise StackError(f"{name} cannot be {done}: it is {now.stage if now else 'gone'}")


async def _estimate(dir: Path, workspace: str, name: str) -> tuple[Broadcast, Estimate]:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        _, one = await found_by(known, name)
        return one, await broadcast_create.estimated(known, one)


async def _start(dir: Path, workspace: str, name: str, at: str) -> datetime | None:  # noqa: A002
    """When it begins; None: now."""
    async with workspace_session(dir, workspace) as known:
        broadcasts, one = await found_by(known, name)
        begins = _time(at, known.workspace.timezone) if at else None
        wrong = await problems_now(known.mongo, one, known.workspace, known.now)
        if wrong:
            raise StackError(f"{name} cannot start: {'; '.join(wrong)}")
        if not await broadcasts.start(one.id, begins or known.now):
            raise StackError(f"{name} cannot start: it is {one.stage}")
        return begins


def _time(text: str, timezone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise StackError(f"{text!r} is not a time such as 2026-05-01T09:00") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))


async def _retry(dir: Path, workspace: str, name: str, *, dry_run: bool) -> tuple[int, DeferredRetries]:  # noqa: A002
    """How many are tried once more, and who is not yet."""
    async with workspace_session(dir, workspace) as known:
        broadcasts, one = await found_by(known, name)
        if one.stage not in (BroadcastStage.RUNNING, BroadcastStage.PAUSED, BroadcastStage.DONE):
            raise StackError(f"nobody of {name} can be tried once more: it is {one.stage}")
        recipients = BroadcastRecipients(known.mongo, one.workspace)
        held_off = await recipients.deferred_retries(one.id, known.now)
        if dry_run:
            return await recipients.retryable(one.id, known.now), held_off
        count = await recipients.retry(one.id, known.now)
        if count:
            await broadcasts.reopen(one.id, known.now)
        return count, held_off


async def _newest(dir: Path, workspace: str, limit: int) -> list[Broadcast]:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        return await Broadcasts(known.mongo, known.workspace.workspace).newest(limit)
