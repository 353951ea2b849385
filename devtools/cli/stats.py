"""`parley stats`: prints usage and waiting conversations by workspace, and the state of running consumers."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running, running_stack
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.operations.stats import WorkspaceUsage, usage_of_all

_TIMEOUT = 3.0  # seconds for one process to answer


def register(app: typer.Typer) -> None:
    app.command()(stats)


def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ops: Annotated[
        list[str] | None,
        typer.Option("--ops", help="An operations port, such as http://host:9100."),
    ] = None,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Print this month's usage of each workspace, and the state of the processes.

    The processes are those of the local stack, or of --ops.
    """
    export_if_running(dir)
    rows = run(_read())
    processes = {url: _process_stats(url) for url in ops or _local_processes(dir)}
    if as_json:
        print(json.dumps({"workspaces": [asdict(row) for row in rows], "processes": processes}, ensure_ascii=False))
        return
    _print(rows)
    for url, stats_ in processes.items():
        for line in _lines(url, stats_):
            print(line)


async def _read() -> list[WorkspaceUsage]:
    async with connections() as connected:
        return await usage_of_all(connected.mongo, SystemClock())


def _local_processes(dir: Path) -> list[str]:  # noqa: A002 - as the option is called
    try:
        info = running_stack(dir).info
    except StackError:
        return []
    return [url for urls in info["ops"].values() for url in urls]


def _process_stats(url: str) -> dict[str, Any]:
    """Return the state that a process reports; `error` when it does not answer."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/stats", timeout=_TIMEOUT) as answer:  # noqa: S310 - as told
            found: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        return {"error": str(error) or repr(error)}
    return found


def _print(rows: list[WorkspaceUsage]) -> None:
    print(f"{'workspace':<24}{'messages':>10}{'new':>7}{'customers':>11}{'models USD':>12}{'waiting':>9}  stopped")
    for row in rows:
        print(
            f"{row.workspace:<24}{row.messages:>10}{row.new_customers:>7}{row.customers:>11}{row.usd:>12}"
            f"{row.waiting:>9}  {', '.join(row.stopped)}".rstrip()
        )
    if not rows:
        print("There is no workspace; create one with `parley apply`.")


def _lines(url: str, stats_: dict[str, Any]) -> Iterator[str]:
    if "error" in stats_:
        yield f"{url}  does not answer: {stats_['error']}"
        return
    consumers = {name: part for name, part in stats_.items() if isinstance(part, dict) and "window" in part}
    for name, part in consumers.items():
        stopped = f", STOPPED {', '.join(part['stopped'])}" if part.get("stopped") else ""
        yield (
            f"{name:<34}{len(part['assigned']):>3} partitions, {part['running']} running, {part['window']} in flight, "
            f"the oldest for {part['oldest_seconds']:g} s{stopped}"
        )
    if not consumers:
        yield f"{stats_.get('service', url):<34}answers"
