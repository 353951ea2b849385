"""`parley dlq`: lists, counts, shows and replays dead letters."""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from devtools.cli import dead_letter_lines
from devtools.cli.connections import connections, producing, run
from devtools.cli.dead_letter_lines import Replays
from devtools.cli.hints import with_hint
from devtools.cli.rate_limit import RateLimit
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
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

Handler = Callable[[DeadLetterEntry, DeadLetter], None]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Only this reason, e.g. unknown_recipient.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only of this workspace.")]
ServiceOption = Annotated[str, typer.Option("--service", help="Only those written by this service.")]
TopicOption = Annotated[str, typer.Option("--topic", help="Only records of this topic.")]
SinceOption = Annotated[str, typer.Option("--since", help="Only those written in the last 90s, 30m, 2h or 3d.")]
IdOption = Annotated[str, typer.Option("--id", help="Only ids with this prefix.")]
ContainsOption = Annotated[str, typer.Option("--contains", help="Only those whose detail contains this text.")]

_PROGRESS_EVERY = 2.0  # seconds
_IN_DOUBT = "the provider may have sent it already: a replay sends it again"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Dead letters: list, summary, show, replay.", no_args_is_help=True)
    group.command("list")(list_dead_letters)
    group.command()(summary)
    group.command()(show)
    group.command()(replay)
    app.add_typer(group, name="dlq")


def list_dead_letters(
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    id: IdOption = "",  # noqa: A002 - as the option is called
    contains: ContainsOption = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many, the newest.")] = 50,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the dead letters, oldest first, with their replays."""
    wanted = _filter(reason, workspace, service, topic, since, id, contains)
    export_if_running(dir)
    found, replays = run(_read(wanted))
    shown = found.entries[-limit:]
    rows: dict[str, str] = {}

    def add_row(entry: DeadLetterEntry, dead_letter: DeadLetter) -> None:
        replayed = replays.get(entry.id)
        if as_json:
            rows[entry.id] = json.dumps(dead_letter_lines.as_json(entry, dead_letter, replayed), ensure_ascii=False)
        else:
            rows[entry.id] = dead_letter_lines.line(entry, dead_letter, replayed)

    if shown:
        run(_fetch_each(shown, add_row))
    for row in [rows[entry.id] for entry in shown if entry.id in rows]:
        print(row) if as_json else console().print(row)
    if not as_json:
        console().print(dead_letter_lines.total(found, len(shown)))


def summary(
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    contains: ContainsOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Count the dead letters by state, reason, workspace and service."""
    wanted = _filter(reason, workspace, service, topic, since, "", contains)
    export_if_running(dir)
    counts = dead_letter_lines.summary(*run(_read(wanted)))
    if as_json:
        print(json.dumps(counts, ensure_ascii=False))
        return
    for text in dead_letter_lines.summary_lines(counts):
        console().print(text)


def show(
    id: Annotated[str, typer.Argument(help="The id, or its first 8 characters or more.")],  # noqa: A002
    raw: Annotated[bool, typer.Option("--raw", help="Do not mask phone numbers.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show one dead letter: reason, origin, history and payload."""
    export_if_running(dir)
    found, replays = run(_read(_filter()))
    entry = found.find(id)
    dead_letter, attempts = run(_fetch(entry))
    earlier = replays.get(entry.id)
    origin = dead_letter.origin
    position = f"{origin.topic}[{origin.partition}]@{origin.offset}" if origin.topic else origin.path
    rows = [
        ("id", dead_letter.id),
        ("reason", f"{dead_letter.reason}: {detail_of(dead_letter, raw=raw)}"),
        ("workspace", dead_letter.workspace),
        ("from", f"{origin.service}, {position}"),
        ("written", f"{dead_letter_lines.when(entry.at)} UTC" + (f", {entry.count} times" * (entry.count > 1))),
        ("correlation", dead_letter.correlation_id),
        ("replay goes to", dead_letter.replay_topic or "ingress, which parses it again"),
        ("state", replay_state(entry, earlier).value),
        ("replayed", dead_letter_lines.replayed(earlier) if earlier else "no"),
        ("payload", f"{len(dead_letter.payload)} bytes"),
    ]
    screen = console()
    for name, value in rows:
        screen.print(f"{name:<15}{value}")
    screen.print("history")
    for at, what in dead_letter_lines.history(entry, earlier, attempts, raw=raw):
        screen.print(f"  {dead_letter_lines.when(at)}  {what}")
    screen.print(payload_of(dead_letter, raw=raw))


def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, or the first 8 characters or more of each.")] = None,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = "",
    service: ServiceOption = "",
    topic: TopicOption = "",
    since: SinceOption = "",
    contains: ContainsOption = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many, the oldest.")] = 1_000_000,
    rate: Annotated[float, typer.Option(min=0.0, help="At most this many per second; 0: no limit.")] = 0.0,
    again: Annotated[bool, typer.Option("--again", help="Also those that have been replayed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Process dead letters again: those with the given ids, or all that match the filters and have not been replayed.

    Exit code 1 if one was refused.
    """
    wanted = _filter(reason, workspace, service, topic, since, "", contains)
    if bool(ids) == bool(wanted):
        raise StackError("name the dead letters to replay: by ids, or by --reason, --workspace, --since, …")
    export_if_running(dir)
    found, replays = run(_read(wanted))
    if ids:
        entries = list({entry.id: entry for entry in map(found.find, ids)}.values())
    else:
        entries = _not_replayed(found, replays, again=again)[:limit]
    _confirm(entries, by_ids=bool(ids), yes=yes)
    if run(_replay_all(entries, again=again, rate=rate)):
        raise typer.Exit(1)


def _not_replayed(found: DeadLetterList, replays: Replays, *, again: bool) -> list[DeadLetterEntry]:
    return [
        entry
        for entry in found.entries
        if again or replay_state(entry, replays.get(entry.id)) is not ReplayState.REPLAYED
    ]


def _confirm(entries: list[DeadLetterEntry], *, by_ids: bool, yes: bool) -> None:
    """Ask for confirmation: of a selection by filters, and always of messages that a customer may get twice."""
    if not entries:
        print("Nothing to replay: all matching dead letters have been replayed.")
        raise typer.Exit(0)
    in_doubt = sum(entry.reason == DeadLetterReason.IN_DOUBT for entry in entries)
    if yes or (by_ids and not in_doubt):
        return
    doubt = f"; {in_doubt} in_doubt: {_IN_DOUBT}" if in_doubt else ""
    if not sys.stdin.isatty():
        noun = "dead letter" if len(entries) == 1 else "dead letters"
        raise StackError(f"{len(entries)} {noun} would be replayed{doubt}; confirm with --yes")
    reasons = ", ".join(
        f"{count} {reason}" for reason, count in dead_letter_lines.counted(entry.reason for entry in entries).items()
    )
    typer.confirm(f"Replay {reasons}{doubt}?", abort=True)


async def _replay_all(entries: list[DeadLetterEntry], *, again: bool, rate: float) -> int:
    """Replay dead letters, and return how many were not replayed."""
    done = refused = 0
    reported = time.monotonic()
    async with connections() as connected, producing(connected.settings) as producer:
        clock = SystemClock()
        webhooks = IngressReplay(connected.mongo, connected.directory, producer, clock)
        replayer = Replayer(connected.mongo, producer, webhooks, clock, user_name())
        limit = RateLimit(rate)
        try:
            async for entry, dead_letter in fetch_dead_letters(brokers_of(connected.settings), entries):
                await limit.wait()
                try:
                    where = await replayer.replay(entry, dead_letter, again=again)
                except ReplayRefused as error:
                    refused += 1
                    print(f"{dead_letter.id}: not replayed: {with_hint(error)}", file=sys.stderr)
                else:
                    done += 1
                    print(f"{dead_letter.id}: {where}")
                if time.monotonic() - reported > _PROGRESS_EVERY:
                    reported = time.monotonic()
                    print(f"{done + refused} of {len(entries)}", file=sys.stderr, flush=True)
        finally:
            left = len(entries) - done - refused
            if len(entries) > 1:
                print(f"{done} replayed, {refused} refused" + f", {left} not attempted" * bool(left))
    return len(entries) - done


async def _read(wanted: DeadLetterFilter) -> tuple[DeadLetterList, Replays]:
    async with connections() as connected:
        found = await read_dead_letters(brokers_of(connected.settings), wanted)
        return found, await connected.operator.replays([entry.id for entry in found.entries])


async def _fetch_each(entries: list[DeadLetterEntry], handle: Handler) -> None:
    async for entry, dead_letter in fetch_dead_letters(brokers_of(load()), entries):
        handle(entry, dead_letter)


async def _fetch(entry: DeadLetterEntry) -> tuple[DeadLetter, list[Document]]:
    """Return a dead letter, and the attempts to send its message if it is an outbound one."""
    async with (
        connections() as connected,
        contextlib.aclosing(fetch_dead_letters(brokers_of(connected.settings), [entry])) as dead_letters,
    ):
        async for _, dead_letter in dead_letters:
            message_id = message_id_of(dead_letter)
            return dead_letter, await connected.operator.attempts(message_id) if message_id else []
    raise StackError(f"the dead letter {entry.id} has just been deleted by retention")


def _filter(
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
        raise StackError(f"there is no reason {reason!r}; the reasons are {', '.join(reasons)}")
    return DeadLetterFilter(
        reason=reason,
        workspace=workspace,
        service=service,
        topic=topic,
        since=cutoff(since),
        id=id,
        contains=contains,
    )
