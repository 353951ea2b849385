"""Imports customers from a CSV file: checks all lines first, then writes in batches, each customer once.

Importing the same file again changes nothing, so an interrupted import is simply repeated.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TypeVar

import msgspec

from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.operations.customers.csv_file import CsvFile, CsvLine
from shared.operations.customers.json_file import JsonLinesFile, opened
from shared.operations.customers.rows import (
    MAX_ROWS,
    CustomerRow,
    HeaderInvalid,
    RowInvalid,
    merge_duplicates,
    merged_customers,
    parse_header,
    parse_row,
)
from shared.repositories.customer_changes import import_row
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.tombstones import Tombstones, tombstone_id
from shared.storage.mongo import Document, Mongo
from shared.workspace.config import Workspace

T = TypeVar("T")
_BATCH = 500


class ParsedCustomers(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a file. erased: rows of erased people, with the time; imported only if they have written again."""

    header: list[str]
    rows: list[CustomerRow]
    rejects: list[CsvLine]
    erased: list[tuple[CsvLine, CustomerRow, datetime]]


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of customers, and the lines that were refused."""

    header: list[str]
    created: int
    changed: int
    unchanged: int
    rejects: list[CsvLine]


def parse_customers(
    file: CsvFile | JsonLinesFile, workspace: str, region: str, tombstones: Mapping[str, datetime]
) -> ParsedCustomers:
    """Check every line. tombstones: of the workspace. Raises HeaderInvalid, also for a file that is too long."""
    return parse_lines(file.header, _bounded(file), workspace, region, tombstones)


def _bounded(lines: Iterable[CsvLine]) -> Iterator[CsvLine]:
    for count, line in enumerate(lines, 1):
        if count > MAX_ROWS:
            raise HeaderInvalid(f"it has more than {MAX_ROWS} rows; divide it")
        yield line


def parse_lines(
    header: list[str], lines: Iterable[CsvLine], workspace: str, region: str, tombstones: Mapping[str, datetime]
) -> ParsedCustomers:
    """Check some lines of a file. Raises HeaderInvalid."""
    columns = parse_header(header)
    found = ParsedCustomers(header=header, rows=[], rejects=[], erased=[])
    for line in lines:
        try:
            if line.reason:
                raise RowInvalid(line.reason)
            row = parse_row(line.cells, columns, region)
        except RowInvalid as error:
            found.rejects.append(CsvLine(line.number, line.cells, str(error)))
            continue
        erased_at = _erased_at(row, workspace, tombstones) if tombstones else None
        if erased_at is None:
            found.rows.append(row)
        else:
            found.erased.append((line, row, erased_at))
    return found


def _erased_at(row: CustomerRow, workspace: str, tombstones: Mapping[str, datetime]) -> datetime | None:
    names = (tombstone_id(workspace, ids.customer_id(workspace, identity)) for identity in row.identities)
    return next((tombstones[name] for name in names if name in tombstones), None)


async def import_customers(
    mongo: Mongo, workspace: Workspace, stream: BinaryIO, at: datetime, *, dry_run: bool
) -> ImportResult:
    """Import a file of CSV or JSON lines into a workspace. stream: seekable for JSON. Raises HeaderInvalid,
    DependencyAway, and OSError of the stream.
    """
    name = workspace.workspace
    tombstones = await Tombstones(mongo, name).after(None)
    found = parse_customers(opened(stream), name, workspace.region, tombstones)
    merges = CustomerMerges(mongo, name)
    return await write_customers(Customers(mongo, name), name, found, at, dry_run=dry_run, merges=merges)


async def write_customers(
    customers: Customers,
    workspace: str,
    found: ParsedCustomers,
    at: datetime,
    *,
    dry_run: bool,
    merges: CustomerMerges | None = None,
) -> ImportResult:
    """Write the customers of a file; return the numbers. dry_run: write nothing, and count all known ones as changed.

    merges: merges customers that a row shows to be one person; None: they stay apart, and the first is changed.
    """
    known_as: dict[str, str] = {}
    for some in _batches([*found.rows, *(row for _, row, _ in found.erased)]):
        known_as |= await customers.ids_by_identity([identity for row in some for identity in row.identities])
    rows, rejects = list(found.rows), list(found.rejects)
    for line, row, erased_at in found.erased:
        if any(identity in known_as for identity in row.identities):
            rows.append(row)
        else:
            reason = f"this person was erased on {erased_at:%Y-%m-%d} and has not written since"
            rejects.append(CsvLine(line.number, line.cells, reason))
    each = list(merge_duplicates(rows, known_as))
    created = sum(not customer_id for customer_id, _ in each)
    changed = len(each) - created
    if not dry_run:
        created, changed = await _write(customers, workspace, each, at)
        if merges is not None:
            await _merge(customers, merges, list(merged_customers(each, known_as)), at)
    return ImportResult(
        header=found.header,
        created=created,
        changed=changed,
        unchanged=len(each) - created - changed,
        rejects=sorted(rejects, key=lambda line: line.number),
    )


async def _merge(customers: Customers, merges: CustomerMerges, same: list[tuple[str, list[str]]], at: datetime) -> None:
    """Merge customers that are one person; the first of each stays."""
    for known, others in same:
        facts = await customers.get_many([known, *others])
        for other in others:
            if known in facts and other in facts:
                await merges.merge(facts[known]["key"], facts[other]["key"], at, identities=facts[other]["identities"])


async def _write(
    customers: Customers, workspace: str, each: list[tuple[str, CustomerRow]], at: datetime
) -> tuple[int, int]:
    created = changed = 0
    for some in _batches(each):
        put = [(known or ids.customer_id(workspace, row.identity), _change(row, at)) for known, row in some]
        new, other = await customers.import_rows(put)
        created, changed = created + new, changed + other
    return created, changed


def _change(row: CustomerRow, at: datetime) -> list[Document]:
    kind, _, source_id = row.source.partition(":")
    change = CustomerChange(
        add_tags=tuple(sorted(row.tags)),
        fields=dict(row.fields),
        name=row.name,
        opted_out=True if row.opted_out else None,
        qualified=row.qualified,
    )
    return import_row(
        change,
        at,
        digest=row.digest,
        identities=[row.identity, *([f"bsuid:{row.bsuid}"] if row.bsuid and row.phone else [])],
        phone=row.phone,
        bsuid=row.bsuid,
        lead_source={"source_type": kind, "source_id": source_id} if row.source else {},
    )


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _BATCH)):
        yield some
