"""Rows of a customers' file: what a row means, and why one is refused. Pure; `shared.operations.customers.csv_file`
reads the file.

Columns are called as this project or a CRM calls them, in any capitals; any other column is a custom field.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from shared.domain.customer import field_name, normalised_tag, tidy_name
from shared.domain.phone import PhoneInvalid, normalise, variants
from shared.operations.customers.cells import unescape_cell

MAX_ROWS = 200_000
MAX_COLUMNS = 200
_COLUMNS = {
    "name": ("name", "full name", "customer", "contact"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "phone": ("phone", "phone number", "mobile", "mobile phone", "whatsapp", "whatsapp number", "number"),
    "bsuid": ("bsuid", "whatsapp id", "user id"),
    "tags": ("tags", "tag", "labels"),
    "opted_out": ("opted out", "opt out", "unsubscribed"),
    "qualified": ("qualified", "is qualified"),
    "status": ("lead status",),
    "source": ("lead source", "source"),
    "": ("last contacted", "orders", "created", "line", "reason", "id"),  # of an export or a rejects file; not read
}
FIELD = "field:"  # before the title of a custom field that is called as one of these, such as `mobile`
_EMAIL = ("email", "e-mail", "email address", "e-mail address")
_MEANING = {title: name for name, titles in _COLUMNS.items() for title in titles}
_YES = frozenset({"true", "yes", "y", "1", "x"})
_NO = frozenset({"false", "no", "n", "0"})
_STATUSES = {"qualified": "yes", "unqualified": "no", "new": ""}
_BY_EXCEL = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
_BSUID = re.compile(r"[A-Za-z0-9._-]{1,200}")


class RowInvalid(ValueError):
    """A row that cannot be a customer; the text says why, without repeating what is in it."""


class HeaderInvalid(ValueError):
    """A file that does not begin with the names of its columns."""


class CustomerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as a file has one. Empty and None: the file does not say."""

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
        """All that it can be known by already: the forms of its number too."""
        return [*(variants(self.phone) if self.phone else ()), *([f"bsuid:{self.bsuid}"] if self.bsuid else [])]

    @property
    def digest(self) -> str:
        """The same for all rows that say the same."""
        said = msgspec.json.encode(
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
        return sha256(said).hexdigest()


def parse_header(header: Sequence[str]) -> list[str]:
    """What each column holds: a name of `_COLUMNS`, or `field:` and a custom field's name. Raises HeaderInvalid."""
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


def _column(title: str) -> str:
    if title.casefold().startswith(FIELD):
        return f"{FIELD}{name}" if (name := field_name(title[len(FIELD) :])) else ""
    key = " ".join(title.replace("_", " ").casefold().split())
    if key in _MEANING:
        return _MEANING[key]
    name = "email" if key in _EMAIL else field_name(title)
    return f"field:{name}" if name else ""


def column_title(field: str) -> str:
    """Return the title of the column of a custom field: its name, with `field:` before it where that means another."""
    return field if _column(field) == f"field:{field}" else f"{FIELD}{field}"


def parse_row(cells: Sequence[str], columns: Sequence[str], region: str) -> CustomerRow:
    """What a line says. region: the workspace's, for national numbers. Raises RowInvalid."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise RowInvalid("it has more cells than there are columns")
    said = {column: unescape_cell(cell) for column, cell in zip(columns, cells, strict=False) if column}
    if any("\udc80" <= one <= "\udcff" for cell in cells for one in cell):
        raise RowInvalid("it is not UTF-8 text; in Excel, save as `CSV UTF-8`")
    phone, bsuid = _phone(said.get("phone", ""), region), said.get("bsuid", "").removeprefix("bsuid:")
    if bsuid and not _BSUID.fullmatch(bsuid):
        raise RowInvalid("bsuid: it has other characters than letters, digits and points")
    if not phone and not bsuid:
        raise RowInvalid("it has neither a phone number nor a bsuid")
    status = said.get("status", "").casefold()
    return CustomerRow(
        phone=phone,
        bsuid=bsuid,
        name=tidy_name(said.get("name") or f"{said.get('first', '')} {said.get('last', '')}"),
        tags=frozenset(filter(None, map(normalised_tag, said.get("tags", "").split(";")))),
        opted_out=_truth("opted_out", said.get("opted_out", "")) or False,
        qualified=_truth("qualified", said.get("qualified") or _STATUSES.get(status, "")),
        source=said.get("source", "")[:200],
        fields={column[6:]: value for column, value in said.items() if column.startswith("field:") and value},
    )


def _phone(text: str, region: str) -> str:
    if not text:
        return ""
    if _BY_EXCEL.fullmatch(text):
        raise RowInvalid("phone: Excel has made a rounded number of it; format the column as text")
    try:
        return normalise(re.sub(r"[.,]0$", "", text), region)
    except PhoneInvalid as error:
        raise RowInvalid(f"phone: {error}") from None


def _truth(column: str, text: str) -> bool | None:
    word = text.casefold()
    if word and word not in _YES | _NO:
        raise RowInvalid(f"{column}: say yes or no")
    return word in _YES if word else None


def merge_rows(first: CustomerRow, second: CustomerRow) -> CustomerRow:
    """Two rows of one customer: the later one counts where both say something; an opt-out of either counts."""
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
    """Of merge_duplicates rows those whose identities belong to several customers so far: the id that stays, and the others."""
    for known, row in rows:
        others = sorted({known_as[one] for one in row.identities if one in known_as} - {known})
        if others:
            yield known, others


def merge_duplicates(rows: Iterable[CustomerRow], known_as: Mapping[str, str]) -> Iterator[tuple[str, CustomerRow]]:
    """Each customer of a file once, with whom it is already (known_as: the id by identity) or "" for a new one."""
    merged: dict[int, CustomerRow] = {}
    went_to: dict[int, int] = {}  # a customer who turned out to be another one of the file
    number_of: dict[str, int] = {}
    for number, row in enumerate(rows):
        keys = [*row.identities, *(known_as[one] for one in row.identities if one in known_as)]
        same = sorted({_resolve(went_to, number_of[key]) for key in keys if key in number_of})
        target = same[0] if same else number
        for other in reversed(same):
            row = merge_rows(merged.pop(other), row)
            went_to[other] = target
        merged[target] = row
        number_of.update(dict.fromkeys(keys, target))
    for row in merged.values():
        yield next((known_as[one] for one in row.identities if one in known_as), ""), row


def _resolve(went_to: dict[int, int], number: int) -> int:
    while went_to.get(number, number) != number:
        number = went_to[number]
    return number
