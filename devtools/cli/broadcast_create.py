"""`parley broadcast create`: makes a draft with its content and recipients."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.broadcast_screen import tell_estimate
from devtools.cli.broadcast_template import template_of
from devtools.cli.connections import run
from devtools.cli.input_file import input_file
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.user import user_name
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.broadcast import Broadcast
from shared.operations.broadcasts.content import broadcast_content
from shared.operations.broadcasts.create import BroadcastCreator, FileAudienceEmpty, NewBroadcast
from shared.operations.broadcasts.estimate import Estimate
from shared.operations.broadcasts.recipient_file import FileRecipients


def create(
    name: Annotated[str, typer.Argument(help="A name for it; none may be given twice.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")] = "",
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
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Make a draft and say what it would do; nothing is sent before `parley broadcast start`."""
    filled = template_of(template, language, param, header, header_file, button)
    wanted = NewBroadcast(
        name=name,
        content=broadcast_content(text, filled, flow),
        by=user_name(),
        channel=channel,
        segment=segment,
        rate=rate,
        max_failures=max_failures,
        price=price,
        currency=currency,
    )
    draft, estimate = run(_create(dir, workspace, wanted, csv))
    print(f"{name} is a draft; `parley broadcast start {name}` starts it.")
    tell_estimate(draft, estimate, as_json=False)


async def _create(dir: Path, workspace: str, wanted: NewBroadcast, csv: Path | None) -> tuple[Broadcast, Estimate]:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        creator = BroadcastCreator(known.mongo, known.workspace, SystemClock())
        try:
            draft, audience = await creator.create(wanted, partial(input_file, csv) if csv else None)
        except FileAudienceEmpty as error:
            _print_audience(error.audience)
            raise StackError(f"{csv}: {error}") from None
        if audience is not None:
            _print_audience(audience)
        return draft, await known.broadcasts.estimate(draft)


def _print_audience(audience: FileRecipients) -> None:
    for line in audience.rejects[:5]:
        print(f"  line {line.number} is left out: {line.reason}")
    counts = f"{len(audience.recipients)} people, {len(audience.rejects)} lines left out"
    print(f"{counts}, {audience.opted_out} have opted out by the file")
