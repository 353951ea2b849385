"""`parley topics`: are they as the table says, make them, give them more partitions, and who is how far behind."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.errors import DependencyAway
from shared.kafka.admin import add_partitions, check_topics, ensure_topics
from shared.kafka.brokers import brokers_of
from shared.kafka.lag.calculation import LagCalculator
from shared.kafka.lag.reader import LagReader
from shared.settings import Settings, load
from shared.topics import GROUPS, TOPICS

T = TypeVar("T")
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]
_LIMIT = 20.0  # seconds to ask the broker


@dataclass(frozen=True, slots=True)
class GroupLag:
    """seconds: the age of the oldest record that the group has not committed."""

    group: str
    topic: str
    records: int
    seconds: float
    members: int


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Topics: check, create, resize, lag.", no_args_is_help=True)
    group.command()(check)
    group.command()(create)
    group.command()(resize)
    group.command()(lag)
    app.add_typer(group, name="topics")


def check(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Compare the topics with the table in code. Exit code 1 when they differ."""
    _told(_run(dir, lambda settings: check_topics(brokers_of(settings), settings.kafka_replication)))


def create(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Make the topics that are missing, then check."""
    _told(_run(dir, lambda settings: ensure_topics(brokers_of(settings), settings.kafka_replication)))


def resize(
    topic: Annotated[
        str, typer.Argument(help="Only this one; otherwise all that have fewer than the table says.")
    ] = "",
    partitions: Annotated[int, typer.Option(min=0, help="So many, with TOPIC; otherwise the table's number.")] = 0,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Give topics more partitions. Refused while something of them is still to be read.

    Keys go to other partitions afterwards, so stop what writes to a topic first: ingress for inbound.*, router and ai
    for outbound.messages, and so on. There can never be fewer.
    """
    if (topic and topic not in TOPICS) or (partitions and not topic):
        raise StackError(f"say which topic, of: {', '.join(TOPICS)}")
    names = [topic] if topic else list(TOPICS)
    wanted = {name: partitions or TOPICS[name].partitions for name in names}
    changed = _run(dir, lambda settings: _resize(settings, wanted))
    for name, before in changed.items():
        print(f"{name}: {before} partitions, now {wanted[name]}")
    if not changed:
        print("Nothing to do: no topic has fewer.")


def lag(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """How far each group is behind, as the broker says: also of consumers that are dead."""
    rows = _run(dir, _lags)
    if not as_json:
        print(f"{'group':<28}{'topic':<24}{'records':>9}{'oldest (s)':>12}{'members':>9}")
    for row in rows:
        if as_json:
            print(json.dumps(asdict(row)))
        else:
            print(f"{row.group:<28}{row.topic:<24}{row.records:>9}{row.seconds:>12.1f}{row.members:>9}")


def _run(dir: Path, ask: Callable[[Settings], Coroutine[Any, Any, T]]) -> T:  # noqa: A002 - as the option is called
    export_if_running(dir)

    async def work() -> T:
        return await ask(load())

    return run(work())


def _told(differences: list[str]) -> None:
    print("\n".join(differences) or f"{len(TOPICS)} topics are in order.")
    if differences:
        raise typer.Exit(1)


async def _resize(settings: Settings, wanted: dict[str, int]) -> dict[str, int]:
    behind = [row for row in await _lags(settings) if row.records and row.topic in wanted]
    if behind:
        said = "; ".join(f"{row.group} has {row.records} of {row.topic} to read" for row in behind)
        raise StackError(f"not while something is still to be read: {said}")
    return await add_partitions(brokers_of(settings), wanted)


async def _lags(settings: Settings) -> list[GroupLag]:
    groups = {group: [topic.name for topic in topics] for group, topics in GROUPS.items()}
    clock, view = SystemClock(), LagCalculator()
    try:
        async with asyncio.timeout(_LIMIT):
            broker = await LagReader.connected(brokers_of(settings))
            try:
                readings = await broker.read(groups)
                view.learn(await broker.times(view.unknown(readings)))
                members = await broker.members(list(groups))
            finally:
                await broker.close()
    except Exception as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None
    lags = view.lags(readings, clock.now().timestamp(), clock.monotonic())
    return _in_order(
        GroupLag(group, topic, found.records, round(found.seconds, 1), members.get(group, 0))
        for (group, topic), found in lags.items()
    )


def _in_order(rows: Iterable[GroupLag]) -> list[GroupLag]:
    return sorted(rows, key=lambda row: (row.group, row.topic))
