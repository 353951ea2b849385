"""`parley broadcast`: creates, estimates, starts, watches and pauses broadcasts. Delivery sends them."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from devtools.cli import broadcast_create
from devtools.cli.broadcast_screen import follow, held_off_in_words, progress_of, tell, tell_estimate
from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.operations.broadcasts.estimate import Estimate
from shared.operations.broadcasts.lifecycle import BroadcastLifecycle, is_past
from shared.operations.errors import NotFound
from shared.storage.documents import plain

T = TypeVar("T")
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")]
NameArgument = Annotated[str, typer.Argument(help="The broadcast's name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
WatchOption = Annotated[bool, typer.Option("--watch", help="Show the progress until it ends or pauses.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Broadcasts: create, start, pause, resume, cancel, retry, status, list.", no_args_is_help=True
    )
    group.command()(broadcast_create.create)
    for command in (start, pause, resume, cancel, retry, status):
        group.command()(command)
    group.command("list")(list_broadcasts)
    app.add_typer(group, name="broadcast")


def start(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    at: Annotated[str, typer.Option("--at", help="Start time, such as 2026-05-01T09:00, workspace time.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print recipients and cost.")] = False,
    watch: WatchOption = False,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Start a draft, now or at a time; the audience is determined then. Exit code 1 if it has problems."""
    if dry_run:
        found = _run(dir, workspace, lambda it: _estimate(it, name))
        tell_estimate(*found, as_json=as_json)
        if found[1].problems:
            raise typer.Exit(1)
        return
    begins = _run(dir, workspace, lambda it: _start(it, name, at))
    print(f"{name} begins {'now' if begins is None else f'at {begins:%Y-%m-%d %H:%M %Z}'}.")
    if watch:
        follow(dir, workspace, name)


def pause(name: NameArgument, workspace: WorkspaceOption = "", dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002
    """Pause a broadcast. Messages that delivery has already taken are still sent."""
    _run(dir, workspace, lambda it: it.pause(name))
    print(f"{name} is paused.")


def resume(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    watch: WatchOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Resume a paused broadcast."""
    _run(dir, workspace, lambda it: it.resume(name))
    print(f"{name} is resumed.")
    if watch:
        follow(dir, workspace, name)


def cancel(name: NameArgument, workspace: WorkspaceOption = "", dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002
    """Cancel a broadcast for good. Messages that delivery has already taken are still sent."""
    _run(dir, workspace, lambda it: it.cancel(name))
    print(f"{name} is cancelled.")


def retry(
    name: NameArgument,
    workspace: WorkspaceOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print how many would be retried.")] = False,
    watch: WatchOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Retry failed recipients, except those in doubt, and those that the provider asks not to retry within a day."""
    count, held_off = _run(dir, workspace, lambda it: it.retry(name, dry_run=dry_run))
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
    """Show the progress of a broadcast, and the reasons of skipped and failed recipients."""
    if watch:
        follow(dir, workspace, name)
        return
    standing = run(progress_of(dir, workspace, name))
    print(json.dumps(standing.document(), ensure_ascii=False)) if as_json else tell(standing)


def list_broadcasts(
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Only of this workspace.")] = "",
    stage: Annotated[str, typer.Option("--stage", help="Only `running`, `paused`, `done`, …")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most this many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the broadcasts of all workspaces, or of one, the newest first."""
    if stage and stage not in list(BroadcastStage):
        raise StackError(f"{stage!r} is no stage: {', '.join(BroadcastStage)}")
    export_if_running(dir)
    found, of_several = run(_newest(workspace, stage, limit))
    for one in found:
        if as_json:
            print(json.dumps(plain(one), ensure_ascii=False))
        else:
            many = "" if one.total is None else f"{one.total:,} recipients"
            name = f"{one.workspace}  {one.name}" if of_several else one.name
            said = f"{one.created_at:%Y-%m-%d %H:%M} UTC  {one.stage:<9}  {name}  {many}  {one.reason}"
            print(" ".join(said.rstrip().splitlines()))
    if not found and not as_json:
        print(f"No broadcast is {stage}." if stage else "There is no broadcast yet.")


async def _newest(workspace: str, stage: str, limit: int) -> tuple[list[Broadcast], bool]:
    """Return the broadcasts, and whether they may be of several workspaces."""
    async with connections() as known:
        if workspace and workspace not in await known.operator.workspaces():
            raise NotFound(f"there is no workspace {workspace!r}")
        of_several = not workspace and not await known.operator.has_one_workspace()
        return await known.operator.newest_broadcasts(limit, workspace, stage), of_several


def _run(dir: Path, workspace: str, work: Callable[[BroadcastLifecycle], Awaitable[T]]) -> T:  # noqa: A002
    async def connected() -> T:
        async with workspace_session(dir, workspace) as known:
            return await work(known.broadcasts)

    return run(connected())


async def _estimate(lifecycle: BroadcastLifecycle, name: str) -> tuple[Broadcast, Estimate]:
    found = await lifecycle.find(name)
    return found, await lifecycle.estimate(found)


async def _start(lifecycle: BroadcastLifecycle, name: str, at: str) -> datetime | None:
    """Start it, and return when it begins; None: now."""
    begins = _time(at, lifecycle.workspace.timezone) if at else None
    if begins is not None and is_past(begins, lifecycle.now):
        raise StackError(f"--at {at}: that is past; without --at it starts at once")
    await lifecycle.start(name, begins)
    return begins


def _time(text: str, timezone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise StackError(f"{text!r} is not a time such as 2026-05-01T09:00") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))
