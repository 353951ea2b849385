"""`parley replay`: answers recorded messages with another prompt, model, FAQ or flow, and compares the answers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.replay.again import replayed
from devtools.replay.report import page
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.replays import MOST_MESSAGES, Difference, ReplayChanges, ReplayResult
from shared.flows.load import read_flow
from shared.flows.validation.problem import FlowInvalid
from shared.operations.errors import FileInvalid
from shared.operations.replays.changed import changed_workspace
from shared.operations.workspaces.content_csv import from_csv
from shared.repositories.workspaces import Workspaces

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")],
    since: Annotated[str, typer.Option(help="Only messages since 2026-11-01, or of the last 30m, 12h, 7d.")] = "7d",
    prompt: Annotated[Path | None, typer.Option(help="A file with the system prompt to try.")] = None,
    model: Annotated[str, typer.Option(help="The model to try, for all questions.")] = "",
    faq: Annotated[Path | None, typer.Option(help="A CSV file with all FAQs to try.")] = None,
    flow: Annotated[Path | None, typer.Option(help="The flow to try; it replaces the one with its name.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=MOST_MESSAGES, help="At most this many, the latest.")
    ] = 50,
    max_usd: Annotated[float, typer.Option(min=0, help="What models may cost in all.")] = 1.0,
    out: Annotated[Path, typer.Option(help="File for the report.")] = Path("replay.html"),
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Answer recorded messages again with another prompt, model, FAQ or flow, and write a report.

    Nothing is sent or changed; the model calls cost money. The console has the same as a page.
    """
    if prompt is None and not model and faq is None and flow is None:
        raise StackError("name what to try: --prompt FILE, --model NAME, --faq FILE, --flow FILE, or several")
    start = _start(since, datetime.now(UTC))
    bot: dict[str, Any] = {"system_prompt": _read(prompt)} if prompt else {}
    bot |= {"fast_model": model, "smart_model": model, "fallback_models": []} if model else {}
    changes = ReplayChanges(bot=bot, faqs=_faqs(faq) if faq else None, flows=_flow(flow) if flow else {})
    named = {"prompt": prompt and prompt.name, "model": model, "FAQ": faq and faq.name, "flow": flow and flow.name}
    parameters = [f"conversations of {workspace} since {start:%Y-%m-%d %H:%M} UTC, the last {limit} messages"]
    parameters += [f"{what}: {value}" for what, value in named.items() if value]
    export_if_running(dir)
    results = run(_replayed(workspace, start, limit, changes, Decimal(str(max_usd))))
    if not results:
        raise StackError(f"{workspace} has no such messages since {start:%Y-%m-%d %H:%M} UTC")
    out.write_text(page(f"Replay of {workspace}", parameters, results), encoding="utf-8")
    changed = sum(one.difference is not Difference.SAME for one in results)
    print(f"{changed} of {len(results)} differ; the report is in {out}")


async def _replayed(
    name: str, since: datetime, limit: int, changes: ReplayChanges, max_usd: Decimal
) -> list[ReplayResult]:
    async with connections() as connected:
        found = await Workspaces(connected.mongo, SystemClock()).get(name)
        if found is None:
            raise StackError(f"there is no workspace {name!r}")
        try:
            changed = changed_workspace(found, changes)
        except FileInvalid as error:
            raise StackError(str(error)) from None
        return await replayed(connected, changed, since, limit=limit, max_usd=max_usd)


def _flow(path: Path) -> dict[str, str]:
    """Return the text of a flow by its name."""
    source = _read(path)
    try:
        return {read_flow(source, str(path)).name: source}
    except FlowInvalid as error:
        raise StackError(str(error)) from None


def _faqs(path: Path) -> list[dict[str, Any]]:
    try:
        return from_csv("faqs", _read(path))
    except FileInvalid as error:
        raise StackError(f"{path}: {error}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}") from None


def _start(text: str, now: datetime) -> datetime:
    unit = _UNITS.get(text[-1:])
    try:
        if unit:
            return now - timedelta(**{unit: int(text[:-1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise StackError(f"--since {text}: write 2026-11-01, or 30m, 12h, 7d") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
