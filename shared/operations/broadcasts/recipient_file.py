"""Reads the recipients of a broadcast from a CSV file of customers, or from a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from shared.domain.broadcast import Broadcast, Recipient
from shared.messages.operations import ListedRecipient
from shared.operations.broadcasts.audience import recipient_from_file
from shared.operations.customers.csv_file import CsvFile, CsvLine
from shared.operations.customers.importer import parse_customers
from shared.operations.customers.rows import CustomerRow, merge_duplicates
from shared.repositories.customers import Customers
from shared.repositories.tombstones import Tombstones
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
    rows = [*parsed.rows, *(row for _, row, _ in parsed.erased)]
    people = list(merge_duplicates(rows, await _known_ids(Customers(mongo, name), rows)))
    recipients = [
        recipient_from_file(broadcast, name, row.identity, known_id, row.name, row.fields)
        for known_id, row in people
        if not row.opted_out
    ]
    return FileRecipients(recipients, parsed.rejects, len(people) - len(recipients))


async def listed_recipients(mongo: Mongo, broadcast: Broadcast, listed: Sequence[ListedRecipient]) -> list[Recipient]:
    """Return the recipients of a list, each person once. Raises DependencyAway."""
    known = await _ids_of(Customers(mongo, broadcast.workspace), [one.identity for one in listed])
    recipients: dict[str, Recipient] = {}
    for one in listed:
        identity = known.get(one.identity, "")
        found = recipient_from_file(broadcast.id, broadcast.workspace, one.identity, identity, one.name, one.fields)
        recipients.setdefault(found.id, found)
    return list(recipients.values())


async def _known_ids(customers: Customers, rows: Sequence[CustomerRow]) -> dict[str, str]:
    """Return the ids of the customers that are stored already, by identity."""
    return await _ids_of(customers, [identity for row in rows for identity in row.identities])


async def _ids_of(customers: Customers, identities: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for start in range(0, len(identities), _BATCH):
        known |= await customers.ids_by_identity(identities[start : start + _BATCH])
    return known
