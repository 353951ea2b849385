"""`parley media upload`: uploads a file to Meta, and prints the id that flows and templates use."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.operations.media.fetch import MediaRefused
from shared.operations.media.upload import MediaUploader, UploadedMedia


def upload(
    file: Annotated[Path, typer.Argument(help="The file; its suffix determines the media type.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")],
    channel: Annotated[str, typer.Option("--channel", "-c", help="Id of the Meta channel that will send it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Upload a file to Meta, which keeps it for 30 days, for this channel only."""
    export_if_running(dir)
    done = run(_upload(file, workspace, channel))
    if as_json:
        shown = {"id": done.id, "kind": done.kind, "mime_type": done.mime_type, "size": done.size}
        print(json.dumps({**shown, "until": f"{done.until:%Y-%m-%d}"}))
        return
    print(done.id)
    print(f"In a flow: `{done.kind}: id:{done.id}`. Meta keeps it until {done.until:%Y-%m-%d}, for this channel only.")


async def _upload(file: Path, workspace: str, channel_id: str) -> UploadedMedia:
    """Upload a file. Raises StackError, which names the file."""
    async with connections() as connected:
        uploader = MediaUploader(connected.directory, connected.settings, SystemClock())
        channel = await uploader.channel(workspace, channel_id)
        try:
            with file.open("rb") as opened:
                return await uploader.upload(channel, file.name, opened, os.fstat(opened.fileno()).st_size)
        except MediaRefused as error:
            raise StackError(f"{file}: {error}") from None
        except OSError as error:
            raise StackError(f"{file}: {error.strerror or error}") from None
