"""`parley customers import` and `export`: customers from and to files."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR
from devtools.cli.workspace_session import WorkspaceSession, workspace_session
from devtools.stack.errors import StackError
from shared.operations.customers.cells import escape_cell, unescape_cell
from shared.operations.customers.csv_file import CsvFile, CsvLine
from shared.operations.customers.export import export_columns, csv_line, csv_header, json_line, crm_record, csv_row
from shared.operations.customers.importer import ImportResult, write_customers, read
from shared.operations.customers.rows import HeaderInvalid
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.tombstones import Tombstones

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Whose customers; of several workspaces.")]
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def import_(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8; the first line names the columns.")],
    workspace: WorkspaceOption = "",
    rejects: Annotated[Path | None, typer.Option(help="Where refused lines go; else beside the file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Bring customers in from a file; doing it again changes nothing. Exit code 1 if a line was refused."""
    header, done = run(_import(dir, workspace, file, dry_run))
    said = "would be new" if dry_run else "new"
    counts = f"{done.created} {said}, {done.changed} {'known' if dry_run else 'changed'}, {done.unchanged} unchanged"
    print(f"{counts}, {len(done.rejects)} lines refused")
    if not done.rejects:
        return
    for line in done.rejects[:5]:
        print(f"  line {line.number}: {line.reason}")
    if not dry_run or rejects:
        place = rejects or file.with_name(f"{file.stem}.rejects.csv")
        _write_rejects(place, header, done.rejects)
        print(f"All refused lines are in {place}; mend them there and import that file.")
    raise typer.Exit(1)


async def _import(dir: Path, workspace: str, file: Path, dry_run: bool) -> tuple[list[str], ImportResult]:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        name = known.workspace.workspace
        tombstones = await Tombstones(known.mongo, name).after(None)
        try:
            with file.open("rb") as stream:
                found = read(CsvFile(stream), name, known.workspace.region, tombstones)
        except OSError as error:
            raise StackError(f"{file}: {error.strerror or error}") from None
        except HeaderInvalid as error:
            raise StackError(f"{file}: {error}") from None
        joins = CustomerMerges(known.mongo, name)
        return found.header, await write_customers(known.customers, name, found, known.now, dry_run=dry_run, joins=joins)


def _write_rejects(place: Path, header: list[str], rejects: Iterable[CsvLine]) -> None:
    with _private(place) as stream:
        rows = (["Line", "Reason", *header], *([str(one.number), one.reason, *one.cells] for one in rejects))
        for row in rows:
            stream.write(csv_line([escape_cell(unescape_cell(_without_surrogates(cell))) for cell in row]))


def export(
    file: Annotated[Path, typer.Argument(help="Where to; `-` is the standard output.")],
    workspace: WorkspaceOption = "",
    segment: Annotated[str, typer.Option("--segment", "-s", help="Only those of this segment.")] = "",
    format: Annotated[Format | None, typer.Option(help="Else as the file's name ends; CSV.")] = None,  # noqa: A002
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Write customers to a file, with the columns' names that a CRM knows."""
    chosen = format or (Format.JSONL if file.suffix in (".jsonl", ".ndjson") else Format.CSV)
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


async def _export(dir: Path, workspace: str, segment: str, chosen: Format, stream: BinaryIO) -> int:  # noqa: A002
    async with workspace_session(dir, workspace) as known:
        write = _export_csv if chosen is Format.CSV else _export_jsonl
        return await write(known, segment, stream)


async def _export_jsonl(known: WorkspaceSession, segment: str, stream: BinaryIO) -> int:
    count = 0
    async for customer in known.customers.stream(known.segment(segment), known.now):
        stream.write(json_line(crm_record(customer)))
        count += 1
    return count


async def _export_csv(known: WorkspaceSession, segment: str, stream: BinaryIO) -> int:
    wanted = known.segment(segment)
    names: set[str] = set()  # read in a first round: a CSV file says its columns before its rows
    async for customer in known.customers.stream(wanted, known.now):
        names |= customer["fields"].keys()
    columns = export_columns(names)
    stream.write(b"\xef\xbb\xbf" + csv_line(csv_header(columns)))  # Excel asks for it
    count = 0
    async for customer in known.customers.stream(wanted, known.now):
        stream.write(csv_line(csv_row(crm_record(customer), columns)))
        count += 1
    return count


@contextmanager
def _private(place: Path) -> Iterator[BinaryIO]:
    """A file that only its owner may read, and that is there only once it is complete."""
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        try:
            yield stream
        except BaseException:
            partial.unlink()
            raise
    partial.replace(place)


def _without_surrogates(cell: str) -> str:
    return cell.encode(errors="surrogateescape").decode(errors="replace")
