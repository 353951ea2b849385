"""`parley broadcast create`: a draft, with what is said to whom; the people of a CSV file are stored with it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.broadcast_screen import tell_estimate
from devtools.cli.broadcast_template import template_of
from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR
from devtools.cli.user import user_name
from devtools.cli.workspace_session import WorkspaceSession, workspace_session
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.broadcast import (
    Broadcast,
    BroadcastContent,
    BroadcastFlow,
    BroadcastStage,
    BroadcastTemplate,
    BroadcastText,
    Recipient,
    broadcast_id,
)
from shared.operations.broadcasts.audience import recipient_from_file
from shared.operations.broadcasts.estimate import Estimate
from shared.operations.broadcasts.problems import problems
from shared.operations.customers.csv_file import CsvFile
from shared.operations.customers.importer import parse_customers
from shared.operations.customers.rows import HeaderInvalid, merge_duplicates
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.tombstones import Tombstones

_BATCH = 500
_GIVEN_UP = timedelta(minutes=10)  # how old one that is still being made is when nobody is at it any more


def create(
    name: Annotated[str, typer.Argument(help="A name for it; none may be given twice.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Whose; of several workspaces.")] = "",
    channel: Annotated[str, typer.Option(help="The number to send from; else the workspace's first.")] = "",
    segment: Annotated[str, typer.Option("--segment", "-s", help="For the customers of this segment.")] = "",
    csv: Annotated[Path | None, typer.Option("--csv", help="For the people of this file, with their columns.")] = None,
    text: Annotated[str, typer.Option(help="A text, with {{ customer.name }} and the like.")] = "",
    template: Annotated[str, typer.Option(help="An approved template, with --language and --param.")] = "",
    language: Annotated[str, typer.Option(help="Of the template.")] = "en",
    param: Annotated[list[str] | None, typer.Option(help="A parameter of the template, in order.")] = None,
    header: Annotated[str, typer.Option(help="The parameter of the template's header.")] = "",
    header_file: Annotated[
        str, typer.Option(help="The file above it: image:https://…, video:…, document:…, or image:id:… of an upload.")
    ] = "",
    button: Annotated[
        list[str] | None,
        typer.Option(help="A value for a button: number from 0, kind (url, copy_code, quick_reply), value: 0:url:A17."),
    ] = None,
    flow: Annotated[str, typer.Option(help="A flow to begin with each.")] = "",
    rate: Annotated[float, typer.Option(help="Messages a second at most.")] = 10.0,
    max_failures: Annotated[float, typer.Option(help="Share of failures at which it stops by itself.")] = 0.25,
    price: Annotated[str, typer.Option(help="Of one message, such as 0.0215, for the estimate.")] = "",
    currency: Annotated[str, typer.Option(help="Of the price.")] = "USD",
    dir: Annotated[Path, typer.Option("--dir", help="State directory of the stack.")] = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Make a draft and say what it would do; nothing is sent before `parley broadcast start`."""
    if bool(segment) == bool(csv):
        raise StackError("say for whom: --segment or --csv")
    filled = template_of(template, language, param, header, header_file, button)
    what = _what(text, filled, flow)

    def made(known: WorkspaceSession) -> Broadcast:
        whose = known.workspace.workspace
        return Broadcast(
            id=broadcast_id(whose, name),
            workspace=whose,
            name=name,
            channel=channel or next((one.id for one in known.workspace.channels), ""),
            what=what,
            created_at=SystemClock().now(),
            by=user_name(),
            segment=segment,
            stage=BroadcastStage.MAKING if csv else BroadcastStage.DRAFT,
            rate=rate,
            most_failures=max_failures,
            price=price,
            currency=currency if price else "",
        )

    async def work() -> tuple[Broadcast, Estimate]:
        async with workspace_session(dir, workspace) as known:
            draft = made(known)
            await _store(known, draft, csv)
            return draft, await known.broadcasts.estimate(draft)

    draft, estimate = run(work())
    print(f"{name} is a draft; `parley broadcast start {name}` starts it.")
    tell_estimate(draft, estimate, as_json=False)


def _what(text: str, template: BroadcastTemplate | None, flow: str) -> BroadcastContent:
    if sum(map(bool, (text, template, flow))) != 1:
        raise StackError("say what to send: one of --text, --template and --flow")
    if text:
        return BroadcastText(text=text)
    return template or BroadcastFlow(flow=flow)


async def _store(known: WorkspaceSession, draft: Broadcast, csv: Path | None) -> None:
    """Raises StackError for what could never start, and when the name is taken."""
    wrong = problems(draft, known.workspace)
    if wrong:
        raise StackError("; ".join(wrong))
    people = await _people(known, draft, csv) if csv else []
    broadcasts, recipients = Broadcasts(known.mongo, draft.workspace), BroadcastRecipients(known.mongo, draft.workspace)
    there = await broadcasts.get(draft.id)
    if there is not None and there.stage is BroadcastStage.MAKING and known.now - there.created_at > _GIVEN_UP:
        await recipients.clear(draft.id)
        await broadcasts.remove_unfinished(draft.id)
    if not await broadcasts.create(draft):
        raise StackError(f"there is a broadcast {draft.name!r} already; give this one another name")
    for start in range(0, len(people), _BATCH):
        await recipients.add(draft.id, people[start : start + _BATCH])
    if csv:
        await broadcasts.finish_making(draft.id)


async def _people(known: WorkspaceSession, draft: Broadcast, csv: Path) -> list[Recipient]:
    """The people of a file, each once; lines that cannot be read, or say that somebody has opted out, are left out."""
    whose = known.workspace
    tombstones = await Tombstones(known.mongo, whose.workspace).after(None)
    try:
        with csv.open("rb") as stream:
            found = parse_customers(CsvFile(stream), whose.workspace, whose.region, tombstones)
    except OSError as error:
        raise StackError(f"{csv}: {error.strerror or error}") from None
    except HeaderInvalid as error:
        raise StackError(f"{csv}: {error}") from None
    rows = [*found.rows, *(row for _, row, _ in found.erased)]
    known_as: dict[str, str] = {}
    for start in range(0, len(rows), _BATCH):
        wanted = [identity for row in rows[start : start + _BATCH] for identity in row.identities]
        known_as |= await known.customers.ids_by_identity(wanted)
    for line in found.rejects[:5]:
        print(f"  line {line.number} is left out: {line.reason}")
    each = list(merge_duplicates(rows, known_as))
    people = [
        recipient_from_file(draft.id, whose.workspace, row.identity, known_id, row.name, row.fields)
        for known_id, row in each
        if not row.opted_out
    ]
    left_out = len(each) - len(people)
    print(f"{len(people)} people, {len(found.rejects)} lines left out, {left_out} have opted out by the file")
    if not people:
        raise StackError(f"{csv}: has nobody to write to")
    return people
