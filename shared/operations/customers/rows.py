"""Parses the rows of a customers' file, and merges rows of one customer. Pure; `csv_file` reads the lines.

Column titles are those of this project or of common CRMs, in English or Spanish, in any capitals and with or without
accents; any other column is a custom field.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from shared.domain.customer import field_name, normalised_tag, tidy_name
from shared.domain.phone import PhoneInvalid, normalise, variants
from shared.operations.customers.cells import unescape_cell
from shared.operations.errors import OperationRefused

MAX_ROWS = 200_000
MAX_COLUMNS = 200
_COLUMNS = {
    "name": ("name", "full name", "customer", "contact", "nombre", "nombre completo", "cliente", "contacto"),
    "first": ("first name", "firstname", "given name", "nombre de pila", "primer nombre"),
    "last": ("last name", "lastname", "surname", "family name", "apellido", "apellidos"),
    "phone": (
        *("phone", "phone number", "mobile", "mobile phone", "whatsapp", "whatsapp number", "number"),
        *("telefono", "numero de telefono", "movil", "telefono movil", "celular", "numero", "numero de whatsapp"),
    ),
    "bsuid": ("bsuid", "whatsapp id", "user id"),
    "tags": ("tags", "tag", "labels", "etiqueta", "etiquetas"),
    "opted_out": ("opted out", "opt out", "unsubscribed", "dado de baja", "de baja"),
    "qualified": ("qualified", "is qualified", "cualificado", "calificado"),
    "status": ("lead status",),
    "source": ("lead source", "source", "origen", "origen del contacto"),
    "": ("last contacted", "orders", "created", "line", "reason", "id"),  # of an export or a rejects file; ignored
}
FIELD = "field:"  # prefix of custom fields whose name is also a known title, such as `mobile`
_EMAIL = ("email", "e-mail", "email address", "e-mail address", "correo", "correo electronico")
_MEANING = {title: name for name, titles in _COLUMNS.items() for title in titles}
_YES = frozenset({"true", "yes", "y", "1", "x", "si", "s", "verdadero"})
_NO = frozenset({"false", "no", "n", "0", "falso"})
_STATUSES = {"qualified": "yes", "unqualified": "no", "new": ""}
_ROUNDED_BY_EXCEL = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
_BSUID = re.compile(r"[A-Za-z0-9._-]{1,200}")


class RowInvalid(ValueError):
    """Raised for a row that cannot be a customer; the text says why, without the row's content."""


class HeaderInvalid(OperationRefused):
    """Raised for a file that does not begin with column titles, or has too many rows; the text does not name it."""


class CustomerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as given in a file. Empty and None: not given."""

    phone: str = ""
    bsuid: str = ""
    name: str = ""
    tags: frozenset[str] = frozenset()
    opted_out: bool = False
    qualified: bool | None = None
    source: str = ""
    fields: dict[str, str] = {}

    @property
    def identity(self) -> str:
        return self.phone or f"bsuid:{self.bsuid}"

    @property
    def identities(self) -> list[str]:
        """All identities that a stored customer may have: every form of the number, and the user id."""
        return [*(variants(self.phone) if self.phone else ()), *([f"bsuid:{self.bsuid}"] if self.bsuid else [])]

    @property
    def digest(self) -> str:
        """A hash of all values."""
        content = msgspec.json.encode(
            (
                self.phone,
                self.bsuid,
                self.name,
                sorted(self.tags),
                self.opted_out,
                self.qualified,
                self.source,
                self.fields,
            ),
            order="sorted",
        )
        return sha256(content).hexdigest()


def parse_header(header: Sequence[str]) -> list[str]:
    """Return the meaning of each column: a key of `_COLUMNS`, or `field:` with a custom field's name.

    Raises HeaderInvalid.
    """
    titles = [unescape_cell(title) for title in header]
    if len(titles) > MAX_COLUMNS:
        raise HeaderInvalid(f"there are {len(titles)} columns; {MAX_COLUMNS} are the most")
    columns = [_column(title) for title in titles]
    if not {"phone", "bsuid"} & set(columns):
        raise HeaderInvalid("no column is called `phone` or `bsuid`: the first line names the columns")
    twice = sorted({one for one in columns if one and columns.count(one) > 1})
    if twice:
        raise HeaderInvalid(f"two columns are both {twice[0]}")
    return columns


def meaning_of(title: str) -> str:
    """Return what a column's title means, as in `parse_header`; empty: it is ignored."""
    return _column(unescape_cell(title))


def _column(title: str) -> str:
    if title.casefold().startswith(FIELD):
        return f"{FIELD}{name}" if (name := field_name(title[len(FIELD) :])) else ""
    key = _without_accents(" ".join(title.replace("_", " ").casefold().split()))
    if key in _MEANING:
        return _MEANING[key]
    name = "email" if key in _EMAIL else field_name(title)
    return f"field:{name}" if name else ""


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def column_title(field: str) -> str:
    """Return the title of the column of a custom field: its name, with `field:` before it where that means another."""
    return field if _column(field) == f"field:{field}" else f"{FIELD}{field}"


def parse_row(cells: Sequence[str], columns: Sequence[str], region: str) -> CustomerRow:
    """Return a line as a customer. region: the workspace's, for national numbers. Raises RowInvalid."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise RowInvalid("it has more cells than there are columns")
    cell_of = {column: unescape_cell(cell) for column, cell in zip(columns, cells, strict=False) if column}
    if any("\udc80" <= one <= "\udcff" for cell in cells for one in cell):
        raise RowInvalid("it is not UTF-8 text; in Excel, save as `CSV UTF-8`")
    phone, bsuid = _phone(cell_of.get("phone", ""), region), cell_of.get("bsuid", "").removeprefix("bsuid:")
    if bsuid and not _BSUID.fullmatch(bsuid):
        raise RowInvalid("bsuid: it has other characters than letters, digits and points")
    if not phone and not bsuid:
        raise RowInvalid("it has neither a phone number nor a bsuid")
    status = cell_of.get("status", "").casefold()
    return CustomerRow(
        phone=phone,
        bsuid=bsuid,
        name=tidy_name(_name(cell_of)),
        tags=frozenset(filter(None, map(normalised_tag, cell_of.get("tags", "").split(";")))),
        opted_out=_yes_or_no("opted_out", cell_of.get("opted_out", "")) or False,
        qualified=_yes_or_no("qualified", cell_of.get("qualified") or _STATUSES.get(status, "")),
        source=cell_of.get("source", "")[:200],
        fields={column[6:]: value for column, value in cell_of.items() if column.startswith("field:") and value},
    )


def _name(cell_of: Mapping[str, str]) -> str:
    """Return the whole name. A column `name` beside a last name and no first name has the first name, as in Spanish."""
    name, first, last = (cell_of.get(column, "") for column in ("name", "first", "last"))
    if name and ("first" in cell_of or last in name):
        return name
    return f"{name or first} {last}"


def _phone(text: str, region: str) -> str:
    if not text:
        return ""
    if _ROUNDED_BY_EXCEL.fullmatch(text):
        raise RowInvalid("phone: Excel has made a rounded number of it; format the column as text")
    try:
        return normalise(re.sub(r"[.,]0$", "", text), region)
    except PhoneInvalid as error:
        raise RowInvalid(f"phone: {error}") from None


def _yes_or_no(column: str, text: str) -> bool | None:
    word = _without_accents(text.casefold())
    if word and word not in _YES | _NO:
        raise RowInvalid(f"{column}: say yes or no")
    return word in _YES if word else None


def merge_rows(first: CustomerRow, second: CustomerRow) -> CustomerRow:
    """Merge two rows of one customer: the second wins where both have a value; an opt-out in either counts."""
    return CustomerRow(
        phone=first.phone or second.phone,
        bsuid=first.bsuid or second.bsuid,
        name=second.name or first.name,
        tags=first.tags | second.tags,
        opted_out=first.opted_out or second.opted_out,
        qualified=first.qualified if second.qualified is None else second.qualified,
        source=first.source or second.source,
        fields={**first.fields, **second.fields},
    )


def merged_customers(
    rows: Iterable[tuple[str, CustomerRow]], known_as: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield, for each merged row that belongs to several stored customers, the id that stays and the others."""
    for known, row in rows:
        others = sorted({known_as[one] for one in row.identities if one in known_as} - {known})
        if others:
            yield known, others


def merge_duplicates(rows: Iterable[CustomerRow], known_as: Mapping[str, str]) -> Iterator[tuple[str, CustomerRow]]:
    """Yield each customer of a file once, after the id of the stored customer, or "" for a new one.

    known_as: ids of stored customers by identity.
    """
    merged: dict[int, CustomerRow] = {}
    merged_into: dict[int, int] = {}  # rows that turned out to be a customer of an earlier row
    number_of: dict[str, int] = {}
    for number, row in enumerate(rows):
        keys = [*row.identities, *(known_as[one] for one in row.identities if one in known_as)]
        same = sorted({_resolve(merged_into, number_of[key]) for key in keys if key in number_of})
        target = same[0] if same else number
        for other in reversed(same):
            row = merge_rows(merged.pop(other), row)
            merged_into[other] = target
        merged[target] = row
        number_of.update(dict.fromkeys(keys, target))
    for row in merged.values():
        yield next((known_as[one] for one in row.identities if one in known_as), ""), row


def _resolve(merged_into: dict[int, int], number: int) -> int:
    while merged_into.get(number, number) != number:
        number = merged_into[number]
    return number
