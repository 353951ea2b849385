"""Files of JSON objects are imported like the CSV files that an export writes."""

import io

import msgspec
import pytest

from shared.domain.customer import customer_view
from shared.operations.customers.csv_file import MAX_LINE_BYTES
from shared.operations.customers.export import crm_record
from shared.operations.customers.importer import ParsedCustomers, parse_customers
from shared.operations.customers.json_file import opened
from shared.operations.customers.rows import MAX_COLUMNS, HeaderInvalid

PHONE = "+2348031234567"


def reading(*lines: object) -> ParsedCustomers:
    data = b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines)
    return parse_customers(opened(io.BytesIO(data)), "acme", "NG", {})


def test_exported_customers_come_back() -> None:
    known = customer_view(None) | {
        "name": "Ada =Obi",
        "phone": PHONE,
        "tags": ["vip", "wholesale"],
        "qualified": True,
        "opted_out": True,
        "fields": {"city": "Lagos", "mobile": "0809", "note": "+1\nline"},
    }
    (row,) = reading(crm_record(known)).rows
    assert (row.phone, row.name, row.tags) == (PHONE, "Ada =Obi", frozenset({"vip", "wholesale"}))
    assert (row.qualified, row.opted_out) == (True, True)
    assert row.fields == {"city": "Lagos", "mobile": "0809", "note": "+1\nline"}


def test_bad_lines_are_refused_with_their_number_and_harm_no_other() -> None:
    found = reading(
        {"phone": PHONE, "name": "Ada"},
        b"{broken",
        b"",
        [1],
        {"phone": "0803123456", "name": "Ben"},
        {"phone": "08031234568", "name": {"first": "Cy"}},
        {"phone": "08031234569", "age": 7, "newsletter": None},
    )
    assert [(row.phone, row.fields) for row in found.rows] == [(PHONE, {}), ("+2348031234569", {"age": "7"})]
    assert [(line.number, line.reason.partition(":")[0]) for line in found.rejects] == [
        (2, "it is no JSON object"),
        (4, "it is no JSON object"),
        (5, "phone"),
        (6, "a value is an object"),
    ]


def test_csv_file_is_still_one() -> None:
    (row,) = parse_customers(opened(io.BytesIO(f"phone,name\n{PHONE},Ada\n".encode())), "acme", "NG", {}).rows
    assert row.name == "Ada"


def test_file_without_a_phone_or_with_too_many_keys_is_refused() -> None:
    with pytest.raises(HeaderInvalid, match="no column is called"):
        reading({"name": "Ada"})
    with pytest.raises(HeaderInvalid, match="different keys"):
        reading({f"k{number}": 1 for number in range(MAX_COLUMNS + 1)})


def test_mark_of_byte_order_is_no_part_of_the_first_object() -> None:
    assert len(reading(b"\xef\xbb\xbf" + msgspec.json.encode({"phone": PHONE})).rows) == 1


@pytest.mark.parametrize("more", [0, 1, MAX_LINE_BYTES])
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_line_after_one_that_is_too_long_is_read(kind: str, more: int) -> None:
    wide = b"x" * (MAX_LINE_BYTES + more)
    if kind == "json":
        found = reading(b"{}", wide, {"phone": PHONE})
    else:
        found = parse_customers(opened(io.BytesIO(b"phone\n" + wide + b"\n" + PHONE.encode())), "acme", "NG", {})
    assert [row.phone for row in found.rows] == [PHONE]


def test_spanish_answers_are_understood() -> None:
    data = f"Teléfono;Nombre;De baja\n{PHONE};Ana;Sí\n".encode()
    (row,) = parse_customers(opened(io.BytesIO(data)), "acme", "NG", {}).rows
    assert row.opted_out
