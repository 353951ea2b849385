"""`parley console`: counts statistics anew and compares them."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.operations.statistics import Difference, recount

_SHOWN = 50


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Console: recount statistics.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("recount")(recount_day)
    app.add_typer(group, name="console")


def recount_day(
    workspace: Annotated[str, typer.Argument(help="The workspace.")],
    day: Annotated[str, typer.Argument(help="A day in the workspace's time zone, such as 2026-03-14.")],
    correct: Annotated[bool, typer.Option("--correct", help="Store the new counts.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Count a day's statistics anew from the messages and compare; exit code 1 if they differ.

    Archived and erased messages are gone from the new counts. A quarter of an hour is counted for the last time a week
    after it: until then a difference may only be an answer that was read meanwhile.
    """
    try:
        differences = run(_recount(dir, workspace, day, correct))
    except ValueError:
        raise StackError(f"`{day}` is not a day, such as 2026-03-14") from None
    for one in differences[:_SHOWN]:
        name = " ".join(filter(None, (one.key.measure, one.key.label, one.key.channel)))
        print(f"{one.begins:%Y-%m-%dT%H:%MZ}  {name:<40} stored {one.stored:>8}  counted {one.counted:>8}")
    if len(differences) > _SHOWN:
        print(f"and {len(differences) - _SHOWN} more")
    if not differences:
        print(f"The statistics of {day} agree with the messages.")
        return
    print("The new counts are stored." if correct else "Nothing has been changed; --correct stores the new counts.")
    raise typer.Exit(0 if correct else 1)


async def _recount(dir: Path, workspace: str, day: str, correct: bool) -> list[Difference]:  # noqa: A002
    async with workspace_session(dir, workspace) as session:
        zone = session.workspace.timezone
        return await recount(session.mongo, session.workspace.workspace, day, zone, store=correct)
