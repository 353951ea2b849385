"""`parley replay`: answers recorded messages with another prompt, model or flow, and compares the answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import Connections, connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.replay.again import Asking, ReplayedTurn, answers, decisions
from devtools.replay.recorded import exchanges, messages
from devtools.replay.report import page
from devtools.stack.errors import StackError
from services.ai.vendors.anthropic import AnthropicModel
from shared.clock import SystemClock
from shared.decisions.context import DecisionContext
from shared.decisions.flow_loader import FlowLoader
from shared.domain.customer import customer_view
from shared.domain.model_prices import load_prices
from shared.faq.index import FaqIndex
from shared.flows.engine.book import FlowBook
from shared.flows.flow import Flow
from shared.flows.load import read_flow
from shared.flows.validation.problem import FlowInvalid
from shared.repositories.workspaces import Workspaces
from shared.workspace.config import Workspace

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")],
    since: Annotated[str, typer.Option(help="Only messages since 2026-11-01, or of the last 30m, 12h, 7d.")] = "7d",
    prompt: Annotated[Path | None, typer.Option(help="A file with the system prompt to try.")] = None,
    model: Annotated[str, typer.Option(help="The model to try.")] = "",
    flow: Annotated[Path | None, typer.Option(help="The flow to try; it replaces the one with its name.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most this many, the latest.")] = 50,
    out: Annotated[Path, typer.Option(help="File for the report.")] = Path("replay.html"),
    dir: Annotated[Path, typer.Option("--dir", help="State directory of the stack.")] = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Answer recorded messages again with another prompt, model or flow, and write a report.

    Nothing is sent or changed; the model calls cost money.
    """
    if (flow is None) == (prompt is None and not model):
        raise StackError("name what to try: --prompt FILE, --model NAME or both, or --flow FILE alone")
    start = _start(since, datetime.now(UTC))
    parameters = [f"conversations of {workspace} since {start:%Y-%m-%d %H:%M} UTC, the last {limit} messages"]
    export_if_running(dir)
    if flow is not None:
        rows = run(_replay_flow(workspace, start, limit, _flow(flow)))
        parameters.append(f"flow: {flow.name}")
    else:
        rows = run(_replay_model(workspace, start, limit, _read(prompt) if prompt else None, model))
        parameters += [f"prompt: {prompt.name}"] if prompt else []
        parameters += [f"model: {model}"] if model else []
    if not rows:
        raise StackError(f"{workspace} has no such messages since {start:%Y-%m-%d %H:%M} UTC")
    out.write_text(page(f"Replay of {workspace}", parameters, rows, with_costs=flow is None), encoding="utf-8")
    changed = sum(row.changed for row in rows)
    print(f"{changed} of {len(rows)} differ; the report is in {out}")


async def _replay_model(name: str, since: datetime, limit: int, prompt: str | None, model: str) -> list[ReplayedTurn]:
    async with connections() as connected:
        settings = connected.settings
        key = settings.anthropic_api_key.get_secret_value()
        if not key:
            raise StackError("ANTHROPIC_API_KEY is missing: there is no model to ask")
        workspace = await _workspace(connected, name)
        if prompt is not None:
            changed = workspace.bot.model_copy(update={"system_prompt": prompt})
            workspace = workspace.model_copy(update={"bot": changed})
        found = await exchanges(connected.mongo, name, since, limit=limit, history=workspace.bot.history)
        vendor = AnthropicModel(key, settings.anthropic_base_url)
        try:
            asking = Asking(
                model=vendor,
                models=(model or workspace.bot.fast_model,),
                workspace=workspace,
                prices=load_prices(settings.ai_prices),
                max_tokens=settings.ai_max_tokens,
                deadline=settings.ai_deadline,
            )
            return await answers(found, asking)
        finally:
            await vendor.close()


async def _replay_flow(name: str, since: datetime, limit: int, flow: Flow) -> list[ReplayedTurn]:
    async with connections() as connected:
        workspace = await _workspace(connected, name)
        stored = await FlowLoader(connected.mongo).flow_book(workspace, None)
        book = FlowBook([*(one for one in stored.flows if one.name != flow.name), flow])
        index = FaqIndex(workspace.faqs, workspace.bot.faq_threshold)
        context = DecisionContext(workspace=workspace, faq=index, customer=customer_view(None), book=book)
        return decisions(await messages(connected.mongo, name, since, limit=limit), context)


async def _workspace(connected: Connections, name: str) -> Workspace:
    found = await Workspaces(connected.mongo, SystemClock()).get(name)
    if found is None:
        raise StackError(f"there is no workspace {name!r}")
    return found


def _flow(path: Path) -> Flow:
    try:
        return read_flow(_read(path), str(path))
    except FlowInvalid as error:
        raise StackError(str(error)) from None


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
