"""`parley tail`: prints the records of a topic, one per line."""

import contextlib
import json
from typing import Annotated

import typer

from devtools.cli.connections import run
from devtools.cli.record_line import json_of, line_of
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.kafka.brokers import brokers_of
from shared.kafka.records import Record
from shared.kafka.topic_reader import follow
from shared.settings import load
from shared.topics import TOPICS, workspace_of


def register(app: typer.Typer) -> None:
    app.command()(tail)


def tail(
    topic: Annotated[str, typer.Argument(help="The topic, such as inbound.messages; a wrong name prints all names.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Only of this workspace.")] = "",
    from_start: Annotated[bool, typer.Option("--from-start", help="Start at the oldest record.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    count: Annotated[int, typer.Option("-n", min=0, help="Stop after this many records; 0: no limit.")] = 0,
    raw: Annotated[bool, typer.Option("--raw", help="Do not mask phone numbers, and show texts.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Print the records of a topic until Ctrl-C. Uses no consumer group, so the services are not affected."""
    if topic not in TOPICS:
        raise StackError(f"there is no topic {topic!r}; there are {', '.join(TOPICS)}")
    export_if_running(dir)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        run(_follow(topic, workspace, count, from_start=from_start, as_json=as_json, raw=raw))


async def _follow(topic: str, workspace: str, count: int, *, from_start: bool, as_json: bool, raw: bool) -> None:
    shown = 0
    async with contextlib.aclosing(follow(brokers_of(load()), topic, from_start=from_start)) as records:
        async for record in records:
            if workspace and workspace_of(record.key) != workspace:
                continue
            print(_shown(record, as_json=as_json, raw=raw), flush=True)
            shown += 1
            if shown == count:
                return


def _shown(record: Record, *, as_json: bool, raw: bool) -> str:
    return json.dumps(json_of(record, raw=raw), ensure_ascii=False) if as_json else line_of(record, raw=raw)
