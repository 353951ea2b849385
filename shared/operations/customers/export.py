"""Customers as files for a CRM: which columns there are, and what stands in them. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.domain.customer import lead_label
from shared.operations.customers.cells import escape_cell
from shared.operations.customers.csv_file import MAX_LINE_BREAKS
from shared.operations.customers.rows import column_title

COLUMNS = (
    *("First Name", "Last Name", "Phone", "Email", "Lead Source", "Lead Status", "Tags", "Last Contacted"),
    *("Orders", "Opted Out", "Created", "BSUID"),
)


def export_columns(field_names: Iterable[str]) -> list[str]:
    """All columns of a file whose customers have these custom fields."""
    taken = {column.casefold() for column in COLUMNS}
    return [*COLUMNS, *sorted(name for name in set(field_names) if name.casefold() not in taken)]


def crm_record(customer: Mapping[str, Any]) -> dict[str, Any]:
    """A customer (`as_facts`) under the columns' names: plain JSON values; custom fields behind the columns."""
    first, _, last = customer["name"].partition(" ")
    fields = customer["fields"]
    own: dict[str, Any] = {
        "First Name": first,
        "Last Name": last,
        "Phone": customer["phone"],
        "Email": next((value for name, value in fields.items() if name.casefold() == "email"), ""),
        "Lead Source": lead_label(customer["lead_source"]),
        "Lead Status": "Qualified" if customer["qualified"] else "New",
        "Tags": customer["tags"],
        "Last Contacted": _time(customer["last_contacted_at"]),
        "Orders": customer["order_count"],
        "Opted Out": customer["opted_out"],
        "Created": _time(customer["first_seen_at"]),
        "BSUID": customer["bsuid"],
    }
    taken = {column.casefold() for column in own}
    return own | {name: value for name, value in fields.items() if name.casefold() not in taken}


def csv_row(record: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """A record as cells of a CSV file. Of a row with more line breaks than a file may have, they become spaces: else
    what a customer wrote could be read as rows of its own.
    """
    cells = [_cell(record.get(column, "")) for column in columns]
    if sum(cell.count("\n") for cell in cells) > MAX_LINE_BREAKS:
        cells = [" ".join(cell.split()) for cell in cells]
    return [escape_cell(cell) for cell in cells]


def csv_header(columns: Sequence[str]) -> list[str]:
    """The columns' titles as cells: a custom field that is called as another column is has `field:` before it."""
    return [escape_cell(column if column in COLUMNS else column_title(column)) for column in columns]


def csv_line(cells: Sequence[str]) -> bytes:
    """Cells as a line of a CSV file, all in quotation marks: no reader takes what is in one for the end of it."""
    line = _LineBuffer()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.text.encode()


class _LineBuffer:
    """The file that csv.writer writes to."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def json_line(record: Mapping[str, Any]) -> bytes:
    """A record as a line of JSON."""
    return msgspec.json.encode(record) + b"\n"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    if isinstance(value, str | int | float):
        return str(value)
    return "" if value is None else msgspec.json.encode(value).decode()


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
