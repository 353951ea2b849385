"""`parley topics`: compare topics with the table in code, create and resize them; the lag of consumer groups."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.kafka.admin import TopicDifferences, check_topics, ensure_topics
from shared.kafka.brokers import brokers_of
from shared.operations.topics import TooManyPartitions, group_lags, planned_partitions, resize_topics
from shared.settings import Settings, load
from shared.topics import TOPICS

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Topics: check, create, resize, lag.", no_args_is_help=True)
    group.command()(check)
    group.command()(create)
    group.command()(resize)
    group.command()(lag)
    app.add_typer(group, name="topics")


def check(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Compare the topics with the table in code. Exit code 1 when one is missing or too small."""
    _print_differences(_run(dir, lambda settings: check_topics(brokers_of(settings), settings.kafka_replication)))


def create(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Create missing topics, then check."""
    _print_differences(_run(dir, lambda settings: ensure_topics(brokers_of(settings), settings.kafka_replication)))


def resize(
    topic: Annotated[
        str, typer.Argument(help="Only this topic; default: all with fewer partitions than the table in code.")
    ] = "",
    partitions: Annotated[int, typer.Option(min=0, help="With TOPIC: their number; default: the table's.")] = 0,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also for a number that is far above the table's; it cannot be undone.")
    ] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Add partitions to topics. Refused while a consumer group lags behind.

    Keys move to other partitions, so stop the producers of a topic first: ingress for inbound.*, router and ai for
    outbound.messages, and so on. Partitions cannot be removed.
    """
    try:
        wanted = planned_partitions(topic, partitions, sure=yes)
    except TooManyPartitions as error:
        raise StackError(f"{error}; --yes does it all the same") from None
    changed = _run(dir, lambda settings: resize_topics(settings, wanted, SystemClock()))
    for name, before in changed.items():
        print(f"{name}: {before} partitions, now {wanted[name]}")
    if not changed:
        print("Nothing to do: no topic has fewer partitions.")


def lag(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show the lag of each consumer group as seen by the broker, also of groups without members."""
    rows = _run(dir, lambda settings: group_lags(settings, SystemClock()))
    wide = max((len(row.group) for row in rows), default=0) + 2
    if not as_json:
        print(f"{'group':<{wide}}{'topic':<24}{'records':>9}{'oldest (s)':>12}{'members':>9}")
    for row in rows:
        if as_json:
            print(json.dumps(asdict(row)))
        else:
            print(f"{row.group:<{wide}}{row.topic:<24}{row.records:>9}{row.seconds:>12.1f}{row.members:>9}")


def _run(dir: Path, ask: Callable[[Settings], Coroutine[Any, Any, T]]) -> T:  # noqa: A002 - as the option is called
    export_if_running(dir)

    async def work() -> T:
        return await ask(load())

    return run(work())


def _print_differences(differences: TopicDifferences) -> None:
    print("\n".join([*differences.problems, *differences.larger]) or f"{len(TOPICS)} topics match the table.")
    if differences.problems:
        raise typer.Exit(1)
