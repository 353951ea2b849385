"""Reads the recipients of a broadcast from a CSV file of customers, or from a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from shared.domain.broadcast import Broadcast, Recipient
from shared.messages.operations import ListedRecipient
from shared.operations.broadcasts.audience import recipient_from_file
from shared.operations.customers.csv_file import CsvFile, CsvLine
from shared.operations.customers.importer import parse_customers
from shared.operations.customers.rows import CustomerRow, merge_duplicates
from shared.repositories.customers import Customers
from shared.repositories.tombstones import Tombstones, tombstone_id
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_BATCH = 500


@dataclass(frozen=True, slots=True)
class FileRecipients:
    """The recipients of a file. recipients: each person once. rejects: the lines that cannot be read. opted_out: people
    left out because the file says so.
    """

    recipients: list[Recipient]
    rejects: list[CsvLine]
    opted_out: int


async def read_recipients(mongo: Mongo, workspace: Workspace, broadcast: str, stream: BinaryIO) -> FileRecipients:
    """Return the recipients of a broadcast. Raises HeaderInvalid, DependencyAway, and OSError of the stream."""
    name = workspace.workspace
    parsed = parse_customers(CsvFile(stream), name, workspace.region, await Tombstones(mongo, name).after(None))
    erased = [row for _, row, _ in parsed.erased]
    known = await _known_ids(Customers(mongo, name), [*parsed.rows, *erased])
    # As an import: who was erased is stored again only after having written again.
    back = [row for row in erased if any(one in known for one in row.identities)]
    rejects = [*parsed.rejects, *(_gone(line, at) for line, row, at in parsed.erased if row not in back)]
    people = list(merge_duplicates([*parsed.rows, *back], known))
    recipients = [
        recipient_from_file(broadcast, name, row.identity, known_id, row.name, row.fields)
        for known_id, row in people
        if not row.opted_out
    ]
    return FileRecipients(recipients, sorted(rejects, key=_number), len(people) - len(recipients))


async def listed_recipients(mongo: Mongo, broadcast: Broadcast, listed: Sequence[ListedRecipient]) -> list[Recipient]:
    """Return the recipients of a list, each person once, without those who were erased and have not written since.
    Raises DependencyAway.
    """
    erased = await Tombstones(mongo, broadcast.workspace).after(None)
    known = await _ids_of(Customers(mongo, broadcast.workspace), [one.identity for one in listed])
    recipients: dict[str, Recipient] = {}
    for one in listed:
        identity = known.get(one.identity, "")
        found = recipient_from_file(broadcast.id, broadcast.workspace, one.identity, identity, one.name, one.fields)
        if identity or tombstone_id(broadcast.workspace, found.customer_id) not in erased:
            recipients.setdefault(found.id, found)
    return list(recipients.values())


def _gone(line: CsvLine, erased_at: datetime) -> CsvLine:
    reason = f"this person was erased on {erased_at:%Y-%m-%d} and has not written since"
    return CsvLine(line.number, line.cells, reason)


def _number(line: CsvLine) -> int:
    return line.number


async def _known_ids(customers: Customers, rows: Sequence[CustomerRow]) -> dict[str, str]:
    """Return the ids of the customers that are stored already, by identity."""
    return await _ids_of(customers, [identity for row in rows for identity in row.identities])


async def _ids_of(customers: Customers, identities: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for start in range(0, len(identities), _BATCH):
        known |= await customers.ids_by_identity(identities[start : start + _BATCH])
    return known
