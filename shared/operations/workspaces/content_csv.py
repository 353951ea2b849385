"""FAQ and catalogue as CSV files, safe for spreadsheets, and back; cells are separated as Excel does. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.operations.customers.cells import escape_cell, unescape_cell
from shared.operations.customers.csv_file import separator_of
from shared.operations.errors import FileInvalid

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "faqs": ("question", "answer", "variants"),
    "catalog": ("sku", "name", "price", "currency", "description"),
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "faqs": ("question", "answer"),
    "catalog": ("sku", "name", "price", "currency"),
}
_MOST_ROWS = 20_000
_DECIMAL_COMMA = re.compile(r"^(\d+),(\d{1,2})$")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")


def to_csv(field: str, items: Iterable[Mapping[str, Any]]) -> str:
    """Return a list of the workspace as CSV, with a header. Variants are lines of one cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS[field])
    for item in items:
        writer.writerow([escape_cell(_cell(item.get(name, ""))) for name in COLUMNS[field]])
    return out.getvalue()


def from_csv(field: str, text: str) -> list[dict[str, Any]]:
    """Return the items of a CSV file, in its order; empty lines are left out. Raises FileInvalid with the line."""
    content, separator, before = _separated(text.removeprefix("\ufeff"))
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    found: list[dict[str, Any]] = []
    try:
        header = [unescape_cell(name).strip().casefold() for name in next(reader, [])]
        while header and not header[-1]:  # Excel adds empty columns
            header.pop()
        _check_header(field, header)
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append(_item(field, header, row, reader.line_num + before, separator))
            if len(found) > _MOST_ROWS:
                raise FileInvalid(f"line {reader.line_num + before}: there are more than {_MOST_ROWS:,} rows")
    except csv.Error as error:
        raise FileInvalid(f"line {reader.line_num + before}: is not CSV: {error}") from None
    return found


def _separated(text: str) -> tuple[str, str, int]:
    """Return the file without Excel's line `sep=;`, what separates its cells, and how many lines were left out."""
    first, _, rest = text.partition("\n")
    named = first.strip("\r")
    if named.lower().startswith("sep=") and len(named) == len("sep=;"):
        return rest, named[-1], 1
    return text, separator_of(first), 0


def _check_header(field: str, header: Sequence[str]) -> None:
    for name in header:
        if name not in COLUMNS[field]:
            raise FileInvalid(f"line 1: `{name}` is not a column; there are {', '.join(COLUMNS[field])}")
        if header.count(name) > 1:
            raise FileInvalid(f"line 1: `{name}` is there twice")
    for name in _REQUIRED[field]:
        if name not in header:
            raise FileInvalid(f"line 1: the column `{name}` is missing")


def _item(field: str, header: Sequence[str], row: Sequence[str], line: int, separator: str) -> dict[str, Any]:
    if any(cell.strip() for cell in row[len(header) :]):
        raise FileInvalid(f"line {line}: has more cells than the first line")
    item: dict[str, Any] = {name: unescape_cell(cell) for name, cell in zip(header, row, strict=False)}
    if field == "catalog":
        item["price"] = _price(item.get("price", ""), line, separator)
    if field == "faqs":
        item["variants"] = [text for text in map(str.strip, item.get("variants", "").splitlines()) if text]
    return {name: value for name, value in item.items() if value not in ("", [])}


def _price(text: str, line: int, separator: str) -> str:
    """Return a price with a decimal point. Excel writes a decimal comma where it separates cells by something else, and
    there a point is before thousands: `1.500` would become 1.5.
    """
    price = _DECIMAL_COMMA.sub(r"\1.\2", text.strip()) if separator != "," else text.strip()
    if separator != "," and _THOUSANDS.fullmatch(price):
        raise FileInvalid(f"line {line}: the price `{price[:60]}` may mean thousands: write it as 1500 or 1.50")
    if price and not _NUMBER.fullmatch(price):
        raise FileInvalid(f"line {line}: the price `{price[:60]}` is not a number such as 4.50")
    return price


def _cell(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list | tuple) else str(value)
