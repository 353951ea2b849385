"""`parley dlq`: the dead letters: list them, look into one, replay them when their cause is mended."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devtools.cli.running import DEFAULT_DIR

if TYPE_CHECKING:
    from devtools.cli.letters import Entry, Letters, Wish
    from shared.repositories.operator import Replay

DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on one line for each letter.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Only these, e.g. unknown_recipient.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this workspace's.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Dead letters: list, show, replay.", no_args_is_help=True)
    group.command("list")(list_letters)
    group.command()(show)
    group.command()(replay)
    app.add_typer(group, name="dlq")


def list_letters(
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the dead letters, oldest first, and which were replayed."""
    from devtools.cli.screen import console
    from devtools.cli.wired import run

    wish = _wish(reason, workspace)
    _export(dir)
    letters, replays = run(_read(wish))
    shown = letters.entries[-limit:]
    for entry in shown:
        if as_json:
            print(json.dumps(_as_json(entry, replays), ensure_ascii=False))
        else:
            console().print(_line(entry, replays.get(entry.letter.id)))
    if not as_json:
        console().print(_total(letters, len(shown)))


def show(
    id: Annotated[str, typer.Argument(help="The letter's id, or at least 8 characters of it.")],  # noqa: A002
    raw: Annotated[bool, typer.Option("--raw", help="Do not mask phone numbers.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show one dead letter: why, where, how often, replayed or not, and what it holds."""
    from devtools.cli.letters import detail_of, payload_of
    from devtools.cli.screen import console
    from devtools.cli.wired import run

    _export(dir)
    letters, replays = run(_read(_wish("", "")))
    entry = letters.find(id)
    letter, replayed = entry.letter, replays.get(entry.letter.id)
    origin = letter.origin
    place = f"{origin.topic}[{origin.partition}]@{origin.offset}" if origin.topic else origin.path
    rows = [
        ("id", letter.id),
        ("reason", f"{letter.reason}: {detail_of(letter, raw=raw)}"),
        ("workspace", letter.workspace),
        ("from", f"{origin.service}, {place}"),
        ("written", f"{letter.created_at:%Y-%m-%d %H:%M:%S} UTC" + (f", {entry.count} times" * (entry.count > 1))),
        ("correlation", letter.correlation_id),
        ("replay goes to", letter.replay_topic or "ingress, read anew"),
        ("replayed", _replayed(replayed) or "no"),
        ("payload", f"{len(letter.payload)} bytes"),
    ]
    screen = console()
    for name, value in rows:
        screen.print(f"{name:<15}{value}")
    screen.print(payload_of(letter, raw=raw))


def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, or at least 8 characters of each.")] = None,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Have dead letters processed again: some by their ids, or all of a reason. Exit code 1 if one was refused."""
    from devtools.cli.wired import run
    from devtools.stack.errors import StackError

    if bool(ids) == bool(reason):
        raise StackError("say which to replay: ids, or --reason (with --workspace, if wanted)")
    wish = _wish(reason, workspace)
    _export(dir)
    letters, replays = run(_read(wish))
    entries = [letters.find(item) for item in ids or []]
    if reason:
        entries = [entry for entry in letters.entries if again or entry.letter.id not in replays]
        _ask(len(entries), reason, workspace, yes=yes)
    if run(_replay_all(entries, again=again)):
        raise typer.Exit(1)


def _ask(count: int, reason: str, workspace: str, *, yes: bool) -> None:
    from devtools.stack.errors import StackError

    where = f" of workspace {workspace}" if workspace else ""
    if count == 0:
        print(f"Nothing to replay: no {reason}{where} that was not replayed already.")
        raise typer.Exit(0)
    if yes:
        return
    if not sys.stdin.isatty():
        raise StackError(f"{count} letters would be replayed; --yes says that this is wanted")
    typer.confirm(f"Replay {count} {reason}{where}?", abort=True)


async def _replay_all(entries: "list[Entry]", *, again: bool) -> int:
    """Returns how many were refused."""
    from devtools.cli.replay import Refused, replaying

    refused = 0
    async with replaying() as replayer:
        for entry in entries:
            try:
                done = await replayer.replay(entry.letter, again=again)
            except Refused as error:
                refused += 1
                print(f"{entry.letter.id}: not replayed: {error}", file=sys.stderr)
            else:
                print(f"{entry.letter.id}: {done}")
    return refused


async def _read(wish: "Wish") -> "tuple[Letters, dict[str, Replay]]":
    from devtools.cli.letters import read_letters
    from devtools.cli.wired import stores

    async with stores() as known:
        letters = await read_letters(known.settings.kafka_bootstrap_servers, wish)
        return letters, await known.operator.replays([entry.letter.id for entry in letters.entries])


def _wish(reason: str, workspace: str) -> "Wish":
    from devtools.cli.letters import Wish
    from devtools.stack.errors import StackError
    from shared.messages.dead_letters import Reason

    reasons = [item.value for item in Reason]
    if reason and reason not in reasons:
        raise StackError(f"there is no reason {reason!r}; there are {', '.join(reasons)}")
    return Wish(reason, workspace)


def _export(dir: Path) -> None:  # noqa: A002 - as the option is called
    from devtools.cli.running import export_if_running

    export_if_running(dir)


def _line(entry: "Entry", replayed: "Replay | None") -> str:
    from devtools.cli.letters import detail_of
    from devtools.cli.screen import shortened

    letter = entry.letter
    times = f" ×{entry.count}" if entry.count > 1 else ""
    mark = f"  [replayed {_replayed(replayed)}]" if replayed else ""
    head = f"{letter.created_at:%Y-%m-%d %H:%M:%S}  {letter.id}  {letter.workspace:<10} {letter.reason}{times}"
    return f"{head}  {shortened(detail_of(letter), 100)}{mark}"


def _replayed(replayed: "Replay | None") -> str:
    if replayed is None:
        return ""
    times = f"{replayed.count} times, last " if replayed.count > 1 else ""
    return f"{times}{replayed.last_at:%Y-%m-%d %H:%M:%S} UTC by {replayed.last_by}"


def _total(letters: "Letters", shown: int) -> str:
    count = len(letters.entries)
    if not count and not letters.unreadable:
        return "No dead letters."
    hidden = f", the newest {shown} shown" if shown < count else ""
    unreadable = f"; {letters.unreadable} records of the topic are not letters" if letters.unreadable else ""
    return f"{count} dead letter{'s' * (count != 1)}{hidden}{unreadable}."


def _as_json(entry: "Entry", replays: "dict[str, Replay]") -> dict[str, Any]:
    from devtools.cli.letters import detail_of

    letter = entry.letter
    replayed = replays.get(letter.id)
    return {
        "id": letter.id,
        "reason": letter.reason.value,
        "detail": detail_of(letter),
        "workspace": letter.workspace,
        "service": letter.origin.service,
        "topic": letter.origin.topic,
        "path": letter.origin.path,
        "written_at": letter.created_at.isoformat(),
        "count": entry.count,
        "replay_topic": letter.replay_topic,
        "replayed": replayed.count if replayed else 0,
        "replayed_at": replayed.last_at.isoformat() if replayed else None,
        "replayed_by": replayed.last_by if replayed else None,
    }
