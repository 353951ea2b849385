"""`parley media upload`: have Meta keep a local file, and print the id by which flows and templates send it."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.messages.inbound import Provider
from shared.providers.api_calls import open_session
from shared.providers.errors import MediaError
from shared.providers.meta.upload import DAYS, MetaUpload, media_type_of
from shared.providers.port import Channel
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Uploaded:
    """size: bytes. until: when Meta forgets it."""

    id: str
    kind: str
    mime_type: str
    size: int
    until: datetime


def upload(
    file: Annotated[Path, typer.Argument(help="The file; the end of its name says what it is.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Whose number it is for.")],
    channel: Annotated[str, typer.Option("--channel", "-c", help="The number that will send it, by its id; Meta's.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    dir: Annotated[Path, typer.Option("--dir", help="State directory of the stack.")] = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Upload a file to Meta, which keeps it for 30 days, for this number only."""
    export_if_running(dir)
    done = run(_upload(file, workspace, channel))
    if as_json:
        shown = {"id": done.id, "kind": done.kind, "mime_type": done.mime_type, "size": done.size}
        print(json.dumps({**shown, "until": f"{done.until:%Y-%m-%d}"}))
        return
    print(done.id)
    print(f"In a flow: `{done.kind}: id:{done.id}`. Meta keeps it until {done.until:%Y-%m-%d}, for this number only.")


async def _upload(file: Path, workspace: str, channel_id: str) -> Uploaded:
    """Raises StackError."""
    async with connections() as known:
        channel = await known.directory.channel(workspace, channel_id)
        if channel is None:
            there = [f"{it.id} ({it.provider})" for it in await known.directory.by_workspace(workspace)]
            raise StackError(f"{workspace} has no channel {channel_id}; there are: {', '.join(there) or 'none'}")
        if channel.provider is not Provider.META:
            raise StackError(f"{channel_id} is a number at {channel.provider}, which takes files by their address only")
        return await _put(file, channel, known.settings)


async def _put(file: Path, channel: Channel, settings: Settings) -> Uploaded:
    """Raises StackError."""
    until = SystemClock().now() + timedelta(days=DAYS)
    try:
        kind, mime_type = media_type_of(file.name)
        with file.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            async with open_session() as session:
                to_meta = MetaUpload(session, graph_url=settings.meta_graph_url, version=settings.meta_graph_version)
                media_id = await to_meta.upload(channel, kind, opened, size=size, mime_type=mime_type)
    except MediaError as error:
        raise StackError(f"{file}: {error}") from None
    except OSError as error:
        raise StackError(f"{file}: {error.strerror or error}") from None
    return Uploaded(media_id, kind.value, mime_type, size, until)
