"""`parley customers import` and `export`: customers from and to files."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from devtools.cli.connections import run
from devtools.cli.input_file import input_file
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.operations.customers.export_stream import CustomerExport, ExportFormat
from shared.operations.customers.importer import ImportResult, import_customers
from shared.operations.customers.rejects import rejects_csv

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")]


def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8 whose first line names the columns, or one JSON object a line.")
    ],
    workspace: WorkspaceOption = "",
    rejects: Annotated[Path | None, typer.Option(help="Where refused lines go; else beside the file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Bring customers in from a file; doing it again changes nothing. Exit code 1 if a line was refused."""
    done = run(_import(dir, workspace, file, dry_run))
    said = "would be new" if dry_run else "new"
    counts = f"{done.created} {said}, {done.changed} {'known' if dry_run else 'changed'}, {done.unchanged} unchanged"
    print(f"{counts}, {len(done.rejects)} lines refused")
    if not done.rejects:
        return
    for line in done.rejects[:5]:
        print(f"  line {line.number}: {line.reason}")
    if not dry_run or rejects:
        place = rejects or file.with_name(f"{file.stem}.rejects.csv")
        _write(place, rejects_csv(done.header, done.rejects))
        print(f"All refused lines are in {place}; mend them there and import that file.")
    raise typer.Exit(1)


async def _import(dir: Path, workspace: str, file: Path, dry_run: bool) -> ImportResult:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        with input_file(file) as stream:
            return await import_customers(known.mongo, known.workspace, stream, known.now, dry_run=dry_run)


def _write(place: Path, lines: Iterator[bytes]) -> None:
    with _private(place) as stream:
        stream.writelines(lines)


def export(
    file: Annotated[Path, typer.Argument(help="Where to; `-` is the standard output.")],
    workspace: WorkspaceOption = "",
    segment: Annotated[str, typer.Option("--segment", "-s", help="Only the customers of this segment.")] = "",
    format: Annotated[ExportFormat | None, typer.Option(help="Else as the file's name ends; CSV.")] = None,  # noqa: A002
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Write customers to a file, with the columns' names that a CRM knows."""
    chosen = format or (ExportFormat.JSONL if file.suffix in (".jsonl", ".ndjson") else ExportFormat.CSV)
    try:
        if str(file) == "-":
            shown = io.BytesIO() if sys.stdout.isatty() else None
            run(_export(dir, workspace, segment, chosen, shown or sys.stdout.buffer))
            if shown:  # a terminal would act on what customers wrote
                sys.stdout.write(shown.getvalue().decode())
            sys.stdout.flush()
            return
        with _private(file) as stream:
            count = run(_export(dir, workspace, segment, chosen, stream))
    except OSError as error:
        raise StackError(f"{file}: {error.strerror or error}") from None
    print(f"{count} customers are in {file}")


async def _export(dir: Path, workspace: str, segment: str, chosen: ExportFormat, stream: BinaryIO) -> int:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        customers = CustomerExport(known.customers, known.queries.segment(segment), known.now, chosen)
        async for chunk in customers.chunks():
            stream.write(chunk)
        return customers.count


@contextmanager
def _private(place: Path) -> Iterator[BinaryIO]:
    """Open a file that only its owner may read, and that appears only once it is complete."""
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        try:
            yield stream
        except BaseException:
            partial.unlink()
            raise
    partial.replace(place)
