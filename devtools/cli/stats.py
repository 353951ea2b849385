"""`parley stats`: what each workspace has used this month, what waits, and how far each running consumer is behind."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import Connections, connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running, running_stack
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.limits import local_month
from shared.repositories.channel_states import ChannelStates, StoppedChannel
from shared.repositories.conversations import Conversations
from shared.repositories.usage import Usage
from shared.repositories.workspaces import Workspaces

_LIMIT = 3.0  # seconds for one process to answer


@dataclass(frozen=True, slots=True)
class WorkspaceUsage:
    """Of a workspace. waiting: conversations in the queue for a person. stopped: channels. usd: of models."""

    workspace: str
    messages: int
    new_customers: int
    customers: int
    usd: str
    waiting: int
    stopped: tuple[str, ...]


def register(app: typer.Typer) -> None:
    app.command()(stats)


def stats(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    ops: Annotated[list[str] | None, typer.Option("--ops", help="An operations port, http://host:9100.")] = None,
    dir: Annotated[Path, typer.Option("--dir", help="State directory of the stack.")] = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Print this month's usage of every workspace, and the state of the processes.

    The processes are those of the local stack, or of --ops.
    """
    export_if_running(dir)
    rows = run(_read())
    processes = {url: _asked(url) for url in ops or _here(dir)}
    if as_json:
        print(json.dumps({"workspaces": [asdict(row) for row in rows], "processes": processes}, ensure_ascii=False))
        return
    _print(rows)
    for url, told in processes.items():
        for line in _lines(url, told):
            print(line)


async def _read() -> list[WorkspaceUsage]:
    async with connections() as known:
        stopped = await ChannelStates(known.mongo).stopped()
        return [await _row(known, name, stopped) for name in await known.operator.workspaces()]


async def _row(known: Connections, name: str, stopped: list[StoppedChannel]) -> WorkspaceUsage:
    clock = SystemClock()
    workspace = await Workspaces(known.mongo, clock).get(name)
    used = await Usage(known.mongo, name).this_month(
        local_month(clock.now(), workspace.timezone if workspace else "UTC")
    )
    return WorkspaceUsage(
        workspace=name,
        messages=used.messages,
        new_customers=used.new_customers,
        customers=used.customers,
        usd=f"{used.ai_usd:.4f}",
        waiting=await Conversations(known.mongo, name).waiting_count(),
        stopped=tuple(one.channel for one in stopped if one.workspace == name),
    )


def _here(dir: Path) -> list[str]:  # noqa: A002 - as the option is called
    try:
        info = running_stack(dir).info
    except StackError:
        return []
    return [url for urls in info["ops"].values() for url in urls]


def _asked(url: str) -> dict[str, Any]:
    """What a process says of itself; `error` where it does not."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/stats", timeout=_LIMIT) as answer:  # noqa: S310 - as told
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
        print("There is no workspace; make one with `parley apply`.")


def _lines(url: str, told: dict[str, Any]) -> Iterator[str]:
    if "error" in told:
        yield f"{url}  does not answer: {told['error']}"
        return
    consumers = {name: part for name, part in told.items() if isinstance(part, dict) and "window" in part}
    for name, part in consumers.items():
        stopped = f", STOPPED {', '.join(part['stopped'])}" if part.get("stopped") else ""
        yield (
            f"{name:<34}{len(part['assigned']):>3} partitions, {part['running']} running, {part['window']} under way, "
            f"the oldest for {part['oldest_seconds']:g} s{stopped}"
        )
    if not consumers:
        yield f"{told.get('service', url):<34}answers"
