"""Customers' files: what a line means, what is refused and why, and that what is written comes back."""

import io
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.customer import customer_view, normalised_tag
from shared.operations.customers.cells import escape_cell, unescape_cell
from shared.operations.customers.csv_file import MAX_LINE_BYTES, CsvFile, CsvLine
from shared.operations.customers.export import COLUMNS, crm_record, csv_header, csv_line, csv_row, export_columns
from shared.operations.customers.importer import ParsedCustomers, parse_customers
from shared.operations.customers.rows import CustomerRow, HeaderInvalid, merge_duplicates

PHONE = "+2348031234567"


def reading(data: bytes | str) -> ParsedCustomers:
    return parse_customers(CsvFile(io.BytesIO(data.encode() if isinstance(data, str) else data)), "acme", "NG", {})


def rows(data: bytes | str) -> list[CustomerRow]:
    found = reading(data)
    assert found.rejects == []
    return found.rows


def reasons(data: bytes | str) -> list[tuple[int, str]]:
    return [(line.number, line.reason) for line in reading(data).rejects]


ADA = CustomerRow(phone=PHONE, name="Ada", tags=frozenset({"vip", "new"}))
READ: dict[str, bytes] = {
    "commas": b'phone,name,tags\n08031234567,Ada,"vip;new"\n',
    "tags need no quotation marks between commas": b"phone,name,tags\n08031234567,Ada,vip;new\n",
    "semicolons, as Excel writes in half of Europe": b'phone;name;tags\r\n08031234567;Ada;"vip;new"\r\n',
    "tabs": b"phone\tname\ttags\n08031234567\tAda\tvip;new\n",
    "a byte order mark": b"\xef\xbb\xbfphone,name,tags\n08031234567,Ada,vip;new\n",
    "sep= of Excel": b'sep=;\r\nphone;name;tags\r\n08031234567;Ada;"vip;new"\r\n',
    "titles in capitals and with spaces": b"Phone Number, NAME ,Tags\n08031234567,Ada,vip;new\n",
    "empty columns and lines, as Excel leaves them": b"phone,name,tags,,\n08031234567,Ada,vip;new,,\n,,,,\n\n",
    "no line break at the end": b"phone,name,tags\n08031234567,Ada,vip;new",
    "a number that Excel took for a formula": b'phone,name,tags\n"=""2348031234567""",Ada,vip;new\n',
    "a number with an apostrophe": b"phone,name,tags\n'+2348031234567,Ada,vip;new\n",
    "a number that became a fraction": b"phone,name,tags\n2348031234567.0,Ada,vip;new\n",
    "a number with no-break spaces": "phone,name,tags\n+234\xa0803\xa0123 4567,Ada,vip;new\n".encode(),
    "first and last name": b"phone,First Name,Last Name,tags\n08031234567,Ada,,vip;new\n",
    "a name over two lines": b'phone,name,tags\n08031234567,"Ada\n",vip;new\n',
}


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read_with(case: str) -> None:
    assert rows(READ[case]) == [ADA]


def test_any_other_column_is_a_custom_field() -> None:
    (row,) = rows("phone,City,Date of birth,E-Mail\n08031234567,Lagos,,ada@example.com\n")
    assert row.fields == {"City": "Lagos", "email": "ada@example.com"}


@pytest.mark.parametrize(("cell", "meant"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("", None)])
def test_words_for_yes_and_no_are_read(cell: str, meant: bool | None) -> None:
    (row,) = rows(f"phone,opted_out,qualified\n08031234567,{cell},{cell}\n")
    assert (row.opted_out, row.qualified) == (bool(meant), meant)


REFUSED: dict[str, tuple[bytes, str]] = {
    "no number": (b",Ada", "it has neither a phone number nor a bsuid"),
    "letters": (b"O8O3,Ada", "phone: it has other characters than digits"),
    "too short": (b"+23480,Ada", "phone: it is too short for its country"),
    "rounded by Excel": (b"2.34803E+12,Ada", "phone: Excel has made a rounded number of it; format the column as text"),
    "more cells than columns": (b"08031234567,Ada,x", "it has more cells than there are columns"),
    "no UTF-8": (b"08031234567,Ad\xe9", "it is not UTF-8 text; in Excel, save as `CSV UTF-8`"),
    "an open quotation mark": (b'08031234567,"Ada', "a quotation mark is never closed"),
    "a line that is too long": (b"08031234567," + b"x" * MAX_LINE_BYTES, "it is longer than 1 MiB"),
    "a cell that is too long": (b"08031234567," + b"x" * 200_000, "a cell is longer than 128 KiB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_line_is_refused_alone(case: str) -> None:
    line, reason = REFUSED[case]
    found = reading(b"phone,name\n08031234567,Ada\n" + line + b"\n08031234568,Bo\n")
    assert [row.name for row in found.rows] == ["Ada", "Bo"]
    assert [(line.number, line.reason) for line in found.rejects] == [(3, reason)]


def test_many_lines_with_open_quotation_marks_do_not_take_long() -> None:
    """Each is looked for its end within a hundred lines, not to the end of the file."""
    data = b"phone,name\n" + b"".join(b'0803123%04d,"x\n08031230000,"y""\n' % number for number in range(500))
    assert len(reading(data).rejects) + len(reading(data).rows) > 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"08031234567,Ada\n", "no column is called `phone` or `bsuid`"),
        (b"phone,mobile\n", "two columns are both phone"),
        (b"phone,a b,a_b\n", "two columns are both field:a_b"),
        (b"phone" + b",x" * 300 + b"\n", "there are 301 columns"),
        (b"\xff\xfep\x00h\x00", "it is UTF-16"),
        (b'"phone\n', "a quotation mark is never closed"),
    ],
)
def test_a_file_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(HeaderInvalid, match=reason.replace("`", ".")):
        reading(data)


def test_a_file_with_too_many_rows_is_refused() -> None:
    with pytest.raises(HeaderInvalid, match="more than 200000 rows"):
        reading(b"phone\n" + b"x\n" * 200_001)


def joining(*given: CustomerRow, known_as: dict[str, str] | None = None) -> list[tuple[str, CustomerRow]]:
    return list(merge_duplicates(given, known_as or {}))


def test_rows_of_one_customer_become_one() -> None:
    first = CustomerRow(phone=PHONE, name="Ada", tags=frozenset({"a"}), opted_out=True, fields={"x": "1", "y": "1"})
    second = CustomerRow(phone=PHONE, tags=frozenset({"b"}), qualified=False, fields={"x": "2"})
    both = CustomerRow(
        phone=PHONE, name="Ada", tags=frozenset("ab"), opted_out=True, qualified=False, fields={"x": "2", "y": "1"}
    )
    assert joining(first, second) == [("", both)]


def test_a_row_that_names_two_identities_joins_what_came_before() -> None:
    by_phone, by_id, both = (
        CustomerRow(phone=PHONE),
        CustomerRow(bsuid="NG.1", name="Ada"),
        CustomerRow(phone=PHONE, bsuid="NG.1"),
    )
    ((known, row),) = joining(by_phone, by_id, both, known_as={"bsuid:NG.1": "u1"})
    assert (known, row.phone, row.bsuid, row.name) == ("u1", PHONE, "NG.1", "Ada")


def test_two_forms_of_a_number_are_one_customer() -> None:
    assert len(joining(CustomerRow(phone="+5511987654321"), CustomerRow(phone="+551187654321"))) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_whatever_names_the_same_identity_is_joined(pairs: list[tuple[int, int]]) -> None:
    given = [
        CustomerRow(phone=f"+23480312345{a}0" if a else "", bsuid=f"b{b}" if b else "") for a, b in pairs if a or b
    ]
    groups: list[set[str]] = []
    for row in given:
        mine = set(row.identities)
        touched = [group for group in groups if group & mine]
        groups = [group for group in groups if not group & mine] + [mine.union(*touched)]
    assert len(joining(*given)) == len(groups)


FORMULAS = {
    "=1+1": "'=1+1",
    "+1+1": "'+1+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "'=1": "''=1",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    " =1": "' =1",
    "\u200b\u3000=1": "'\u200b\u3000=1",
    "＝1": "'＝1",  # full-width, as Japanese spreadsheets read it
    "＋1": "'＋1",
    "－1": "'－1",
    "＠SUM(A1)": "'＠SUM(A1)",
    "−1": "'−1",
    'Ada;=HYPERLINK("https://evil.example","x")': 'Ada;\'=HYPERLINK("https://evil.example","x")',
    "Ada; =1": "Ada;' =1",
    "Ada;＝1;b;-2": "Ada;'＝1;b;'-2",
    "Ada\n=1": "Ada\n'=1",
    "Ada\n\n=1": "Ada\n'\n'=1",
    "Ada\r\n@x": "Ada\r'\n'@x",
    "Ada\t+1": "Ada\t'+1",
    '"=1': "'\"=1",  # becomes `""=1` in the file
    'Ada;"=1+1;b': "Ada;'\"=1+1;b",
    'Ada\n"" @x': 'Ada\n\'"" @x',
    "\u3164\ufe0f=1": "'\u3164\ufe0f=1",
    "\U000e0041=1": "'\U000e0041=1",
    "+2348031234567;=1": "'+2348031234567;'=1",
}


@pytest.mark.parametrize(("cell", "written"), FORMULAS.items())
def test_cell_that_looks_like_a_formula_is_escaped(cell: str, written: str) -> None:
    assert escape_cell(cell) == written
    assert unescape_cell(written) == cell


@pytest.mark.parametrize("cell", [PHONE, "Ada", "", "1-1", "Ada's", "vip;new", "a=b", "a\nb", "5 - 3"])
def test_ordinary_cell_is_left_as_it_is(cell: str) -> None:
    assert escape_cell(cell) == cell
    assert unescape_cell(cell) == cell


@pytest.mark.parametrize("pad", [" ", "\n", "\t ", ";", '"', "\u3164"])
def test_a_formula_behind_very_many_unseen_characters_is_guarded_and_comes_back(pad: str) -> None:
    cell = f"a;{pad * 20_000}=1;b"
    assert escape_cell(cell) != cell
    assert unescape_cell(escape_cell(cell)) == cell


def test_escaping_scans_invisible_characters_once() -> None:
    """The cost of many tabs or line breaks is compared with that of as many cells."""

    def seconds(cell: str) -> float:
        start = time.process_time()
        escape_cell(cell)
        return time.process_time() - start

    one_run, parts = "\t" * 100_000 + "a", "\t=" * 50_000
    assert min(seconds(one_run) for _ in range(3)) < 6 * min(seconds(parts) for _ in range(3))


@given(st.text(alphabet="=+-@'\"ab1 ;\t\n＝－", max_size=9))
def test_escaped_cells_are_read_back_unchanged(cell: str) -> None:
    assert unescape_cell(escape_cell(cell.strip())) == cell.strip()
    for part in re.split("[;\t\n]", escape_cell(cell)):
        assert part.strip(' "')[:1] not in set("=+-@＝－") or not part


def test_all_cells_are_in_quotation_marks() -> None:
    assert csv_line(["a", 'b"c', "", "1"]) == b'"a","b""c","","1"\r\n'


def test_a_custom_field_that_is_called_as_another_column_comes_back_as_what_it_was() -> None:
    fields = {"mobile": "none", "name": "x", "reason": "y", "tags": "a;b", "field:odd": "z", "orders": "7"}
    columns = export_columns(fields)
    text = (csv_line(csv_header(columns)) + csv_line(csv_row(crm_record(customer(fields=fields)), columns))).decode()
    (row,) = rows(text)
    assert (row.phone, row.name, row.tags) == (PHONE, "", frozenset())
    assert row.fields == {name: value for name, value in fields.items() if name not in ("tags", "orders")}


def test_many_line_breaks_in_what_a_customer_wrote_are_no_rows() -> None:
    injected = "x\n" * 120 + '"","","+2348039999999","","","","","","","yes"\n'
    fields = {"note": injected}
    columns = export_columns(fields)
    text = (csv_line(csv_header(columns)) + csv_line(csv_row(crm_record(customer(fields=fields)), columns))).decode()
    assert [row.phone for row in rows(text)] == [PHONE]


def test_a_tag_is_one_tag_in_a_file_too() -> None:
    assert normalised_tag("a;b") == "a,b"


def customer(**given: Any) -> dict[str, Any]:
    return customer_view({"_id": "u1", "phone": PHONE, **given})


def test_an_export_has_the_columns_of_a_crm_and_then_the_custom_fields() -> None:
    columns = export_columns(["city", "Email", "age"])
    assert columns == [*COLUMNS, "age", "city"]
    ada = customer(name="Ada Lovelace", tags=["vip", "a"], qualified=True, fields={"Email": "a@b.c", "city": "Lagos"})
    said = dict(zip(columns, csv_row(crm_record(ada), columns), strict=True))
    assert (said["First Name"], said["Last Name"], said["Phone"]) == ("Ada", "Lovelace", PHONE)
    assert (said["Tags"], said["Lead Status"], said["Email"], said["city"]) == ("a;vip", "Qualified", "a@b.c", "Lagos")
    assert (said["Opted Out"], said["Last Contacted"], said["age"]) == ("no", "", "")


NAMES = st.text(alphabet="Aé=-+'", min_size=1, max_size=5)
FACTS = st.fixed_dictionaries(
    {
        "name": st.lists(NAMES, max_size=3).map(" ".join),
        "tags": st.lists(st.text(alphabet="ab=-", min_size=1, max_size=4), max_size=3, unique=True),
        "opted_out": st.booleans(),
        "lead_source": st.sampled_from([{}, {"source_type": "ad", "source_id": "77"}]),
        "fields": st.dictionaries(
            st.sampled_from(["email", "city"]), st.text("ab,;\"\n'=é＝ \t", min_size=1).map(str.strip).filter(bool)
        ),
    }
)


@given(FACTS)
def test_exported_file_can_be_imported(given: dict[str, Any]) -> None:
    known = customer(**given)
    columns = export_columns(known["fields"])
    (row,) = rows(csv_line(csv_header(columns)) + csv_line(csv_row(crm_record(known), columns)))
    assert row.phone == PHONE
    assert (row.name, sorted(row.tags)) == (known["name"], known["tags"])
    assert (row.opted_out, row.fields) == (known["opted_out"], known["fields"])


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    file = CsvFile(io.BytesIO(b'phone,name\n1,"a\nb"\n\n2,c\n'))
    assert list(file) == [CsvLine(2, ["1", "a\nb"]), CsvLine(5, ["2", "c"])]
