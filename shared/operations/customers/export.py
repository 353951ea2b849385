"""Formats customers as rows of a CRM file: columns, values, and lines of CSV or JSON. Pure."""

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
    """Return the columns of a file whose customers have these custom fields."""
    taken = {column.casefold() for column in COLUMNS}
    return [*COLUMNS, *sorted(name for name in set(field_names) if name.casefold() not in taken)]


def crm_record(customer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a customer (`customer_view`) as plain JSON values by column; custom fields come last."""
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
    """Return a record as cells of a CSV file. In a row with too many line breaks they become spaces: an import would
    take the rest of the customer's text for further rows.
    """
    cells = [_cell(record.get(column, "")) for column in columns]
    if sum(cell.count("\n") for cell in cells) > MAX_LINE_BREAKS:
        cells = [" ".join(cell.split()) for cell in cells]
    return [escape_cell(cell) for cell in cells]


def csv_header(columns: Sequence[str]) -> list[str]:
    """Return the titles as cells; a custom field with the title of another column gets the prefix `field:`."""
    return [escape_cell(column if column in COLUMNS else column_title(column)) for column in columns]


def csv_line(cells: Sequence[str]) -> bytes:
    """Return a line of a CSV file, all cells in quotation marks."""
    line = _LineBuffer()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.text.encode()


class _LineBuffer:
    """The file that csv.writer writes to."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def json_line(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line of JSON."""
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
