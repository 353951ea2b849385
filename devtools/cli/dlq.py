"""`parley dlq`: list, count and show dead letters, and replay them once their cause is repaired."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli import dead_letter_lines
from devtools.cli.connections import connections, producing, run
from devtools.cli.dead_letter_lines import Replays
from devtools.cli.hints import with_hint
from devtools.cli.rate_limit import RateLimit
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.cli.screen import console
from devtools.cli.since import cutoff
from devtools.cli.user import user_name
from devtools.cli.webhook_replay import IngressReplay
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.kafka.brokers import brokers_of
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.dead_letters.reader import (
    DeadLetterEntry,
    DeadLetterFilter,
    DeadLetterList,
    detail_of,
    fetch_dead_letters,
    payload_of,
    read_dead_letters,
)
from shared.operations.dead_letters.replay_state import ReplayState, message_id_of, replay_state
from shared.operations.dead_letters.replayer import Replayer, ReplayRefused
from shared.settings import load
from shared.storage.mongo import Document

Keep = Callable[[DeadLetterEntry, DeadLetter], None]
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on one line for each letter.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Only these, e.g. unknown_recipient.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this workspace's.")]
ServiceOption = Annotated[str, typer.Option("--service", help="Only what this service gave up.")]
TopicOption = Annotated[str, typer.Option("--topic", help="Only records of this topic.")]
SinceOption = Annotated[str, typer.Option("--since", help="Only those of the last 90s, 30m, 2h or 3d.")]
IdOption = Annotated[str, typer.Option("--id", help="Only those whose id begins so.")]
ContainsOption = Annotated[str, typer.Option("--contains", help="Only those with this text in the detail.")]

_PROGRESS_EVERY = 2.0  # seconds
_IN_DOUBT = "the provider may have it: replay sends it once more"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Dead letters: list, count, show, replay.", no_args_is_help=True)
    group.command("list")(list_letters)
    group.command()(summary)
    group.command()(show)
    group.command()(replay)
    app.add_typer(group, name="dlq")


def list_letters(
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    id: IdOption = "",  # noqa: A002 - as the option is called
    contains: ContainsOption = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the dead letters, oldest first, with their replays."""
    wish = _wish(reason, workspace, service, topic, since, id, contains)
    _export(dir)
    letters, replays = run(_read(wish))
    shown = letters.entries[-limit:]
    rows: dict[str, str] = {}

    def keep(entry: DeadLetterEntry, letter: DeadLetter) -> None:
        replayed = replays.get(entry.id)
        if as_json:
            rows[entry.id] = json.dumps(dead_letter_lines.as_json(entry, letter, replayed), ensure_ascii=False)
        else:
            rows[entry.id] = dead_letter_lines.line(entry, letter, replayed)

    if shown:
        run(_each(shown, keep))
    for row in [rows[entry.id] for entry in shown if entry.id in rows]:
        print(row) if as_json else console().print(row)
    if not as_json:
        console().print(dead_letter_lines.total(letters, len(shown)))


def summary(
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    contains: ContainsOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Count the dead letters by reason, workspace and service; how many were replayed, and how many failed again."""
    wish = _wish(reason, workspace, service, topic, since, "", contains)
    _export(dir)
    counted = dead_letter_lines.summary(*run(_read(wish)))
    if as_json:
        print(json.dumps(counted, ensure_ascii=False))
        return
    for text in dead_letter_lines.summary_lines(counted):
        console().print(text)


def show(
    id: Annotated[str, typer.Argument(help="The letter's id, or at least 8 characters of it.")],  # noqa: A002
    raw: Annotated[bool, typer.Option("--raw", help="Do not mask phone numbers.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show one dead letter: reason, origin, history and payload."""
    _export(dir)
    letters, replays = run(_read(_wish()))
    entry = letters.find(id)
    letter, tries = run(_open(entry))
    earlier = replays.get(entry.id)
    origin = letter.origin
    place = f"{origin.topic}[{origin.partition}]@{origin.offset}" if origin.topic else origin.path
    rows = [
        ("id", letter.id),
        ("reason", f"{letter.reason}: {detail_of(letter, raw=raw)}"),
        ("workspace", letter.workspace),
        ("from", f"{origin.service}, {place}"),
        ("written", f"{dead_letter_lines.when(entry.at)} UTC" + (f", {entry.count} times" * (entry.count > 1))),
        ("correlation", letter.correlation_id),
        ("replay goes to", letter.replay_topic or "ingress, read anew"),
        ("standing", replay_state(entry, earlier).value),
        ("replayed", dead_letter_lines.replayed(earlier) if earlier else "no"),
        ("payload", f"{len(letter.payload)} bytes"),
    ]
    screen = console()
    for name, value in rows:
        screen.print(f"{name:<15}{value}")
    screen.print("history")
    for at, what in dead_letter_lines.history(entry, earlier, tries, raw=raw):
        screen.print(f"  {dead_letter_lines.when(at)}  {what}")
    screen.print(payload_of(letter, raw=raw))


def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, or at least 8 characters of each.")] = None,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    contains: ContainsOption = "",
    limit: Annotated[int, typer.Option(min=1, help="The oldest so many.")] = 1_000_000,
    rate: Annotated[float, typer.Option(min=0.0, help="At most so many a second; 0: no limit.")] = 0.0,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Have dead letters processed again: some by their ids, or all that the filters leave and that were not replayed
    since they were written. Exit code 1 if one was refused.
    """
    wish = _wish(reason, workspace, service, topic, since, "", contains)
    if bool(ids) == bool(wish):
        raise StackError("say which to replay: ids, or --reason, --workspace, --since and so on")
    _export(dir)
    letters, replays = run(_read(wish))
    if ids:
        entries = list({entry.id: entry for entry in map(letters.find, ids)}.values())
    else:
        entries = _open_ones(letters, replays, again=again)[:limit]
    _ask(entries, by_ids=bool(ids), yes=yes)
    if run(_replay_all(entries, again=again, rate=rate)):
        raise typer.Exit(1)


def _open_ones(letters: DeadLetterList, replays: Replays, *, again: bool) -> list[DeadLetterEntry]:
    return [
        entry
        for entry in letters.entries
        if again or replay_state(entry, replays.get(entry.id)) is not ReplayState.REPLAYED
    ]


def _ask(entries: list[DeadLetterEntry], *, by_ids: bool, yes: bool) -> None:
    """Ask for confirmation: of a selection by filters, and always of messages that a customer may get twice."""
    if not entries:
        print("Nothing to replay: no such letter that was not replayed already.")
        raise typer.Exit(0)
    in_doubt = sum(entry.reason == DeadLetterReason.IN_DOUBT for entry in entries)
    if yes or (by_ids and not in_doubt):
        return
    doubt = f"; {in_doubt} in_doubt: {_IN_DOUBT}" if in_doubt else ""
    if not sys.stdin.isatty():
        would = "letter would" if len(entries) == 1 else "letters would"
        raise StackError(f"{len(entries)} {would} be replayed{doubt}; --yes says that this is wanted")
    reasons = ", ".join(
        f"{count} {reason}" for reason, count in dead_letter_lines.counted(entry.reason for entry in entries).items()
    )
    typer.confirm(f"Replay {reasons}{doubt}?", abort=True)


async def _replay_all(entries: list[DeadLetterEntry], *, again: bool, rate: float) -> int:
    """Replay dead letters, and return how many were not replayed."""
    done = refused = 0
    said = time.monotonic()
    async with connections() as known, producing(known.settings) as producer:
        clock = SystemClock()
        webhooks = IngressReplay(known.mongo, known.directory, producer, clock)
        replayer = Replayer(known.operator, known.mongo, producer, webhooks, clock, user_name())
        limit = RateLimit(rate)
        try:
            async for entry, letter in fetch_dead_letters(brokers_of(known.settings), entries):
                await limit.wait()
                try:
                    where = await replayer.replay(entry, letter, again=again)
                except ReplayRefused as error:
                    refused += 1
                    print(f"{letter.id}: not replayed: {with_hint(error)}", file=sys.stderr)
                else:
                    done += 1
                    print(f"{letter.id}: {where}")
                if time.monotonic() - said > _PROGRESS_EVERY:
                    said = time.monotonic()
                    print(f"{done + refused} of {len(entries)}", file=sys.stderr, flush=True)
        finally:
            left = len(entries) - done - refused
            if len(entries) > 1:
                print(f"{done} replayed, {refused} refused" + f", {left} not reached" * bool(left))
    return len(entries) - done


async def _read(wish: DeadLetterFilter) -> tuple[DeadLetterList, Replays]:
    async with connections() as known:
        letters = await read_dead_letters(brokers_of(known.settings), wish)
        return letters, await known.operator.replays([entry.id for entry in letters.entries])


async def _each(entries: list[DeadLetterEntry], keep: Keep) -> None:
    async for entry, letter in fetch_dead_letters(brokers_of(load()), entries):
        keep(entry, letter)


async def _open(entry: DeadLetterEntry) -> tuple[DeadLetter, list[Document]]:
    """Return a dead letter, and the attempts to send its message if it is an outbound one."""
    async with connections() as known:
        async for _, letter in fetch_dead_letters(brokers_of(known.settings), [entry]):
            message_id = message_id_of(letter)
            return letter, await known.operator.attempts(message_id) if message_id else []
    raise StackError(f"the dead letter {entry.id} has just left the topic")


def _wish(
    reason: str = "",
    workspace: str = "",
    service: str = "",
    topic: str = "",
    since: str = "",
    id: str = "",  # noqa: A002 - as the option is called
    contains: str = "",
) -> DeadLetterFilter:
    reasons = [item.value for item in DeadLetterReason]
    if reason and reason not in reasons:
        raise StackError(f"there is no reason {reason!r}; there are {', '.join(reasons)}")
    return DeadLetterFilter(
        reason=reason,
        workspace=workspace,
        service=service,
        topic=topic,
        since=cutoff(since),
        id=id,
        contains=contains,
    )


def _export(dir: Path) -> None:  # noqa: A002 - as the option is called
    export_if_running(dir)
