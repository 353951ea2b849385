"""`parley media`: `fetch` a customer's file from the provider, or `upload` a file to Meta, to send it by its id."""

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from devtools.cli.connections import connections, run
from devtools.cli.media_upload import upload
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.operations.media.fetch import MediaFetcher
from shared.providers.port import FetchedMedia

_MIB = 1024 * 1024


class _DefaultFetch(TyperGroup):
    """`parley media MESSAGE` is `parley media fetch MESSAGE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = not args or args[0] in self.commands or args[0] == "--help"
        return list(super().parse_args(ctx, args if known else ["fetch", *args]))


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=_DefaultFetch, help="Media: fetch, upload.", no_args_is_help=True)
    group.command()(fetch)
    group.command()(upload)
    app.add_typer(group, name="media")


def fetch(
    message: Annotated[str, typer.Argument(help="Id of the message, Parley's or the provider's.")],
    out: Annotated[Path, typer.Option("--out", help="File to write; it must not exist.", dir_okay=False)],
    limit: Annotated[int, typer.Option(min=1, help="Largest size in MiB.")] = 100,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Fetch the image, video, audio, document or sticker of a customer's message. It may be malicious."""
    if out.exists():
        raise StackError(f"{out} exists already")
    export_if_running(dir)
    fetched = run(_fetch(message.strip(), limit * _MIB))
    with fetched.file:
        _write(fetched, out)
    print(f"{out}: {fetched.mime_type}, {fetched.size} bytes")


def _write(fetched: FetchedMedia, out: Path) -> None:
    """Write a file. Raises StackError."""
    try:
        with out.open("xb") as file:
            shutil.copyfileobj(fetched.file, file)
    except OSError as error:
        raise StackError(f"{out} cannot be written: {error.strerror}") from None


async def _fetch(reference: str, limit: int) -> FetchedMedia:
    async with connections() as connected:
        fetcher = MediaFetcher(connected.operator, connected.directory, connected.settings, SystemClock())
        return await fetcher.fetch(reference, limit)
