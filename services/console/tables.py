"""Tables as CSV, for routes whose answer is one: clients ask with `Accept: text/csv`.

UTF-8 with a byte order mark, so that spreadsheets read it as such; no cell is a formula to a spreadsheet.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import chain

from fastapi import Request, Response

from shared.operations.customers.cells import escape_cell

MEDIA_TYPE = "text/csv"
CSV_ANSWER: dict[int | str, dict[str, object]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "Also as CSV (`Accept: text/csv`)."}
}
"""`responses=CSV_ANSWER` of a route, for the OpenAPI document."""
_MARK = "\ufeff"


def wants_csv(request: Request) -> bool:
    """Return whether the client asks for CSV rather than JSON."""
    accepted = [one.split(";")[0].strip().lower() for one in request.headers.get("accept", "").split(",")]
    return MEDIA_TYPE in accepted and "application/json" not in accepted


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a file `name`.csv."""
    content = "".join([_MARK, *csv_lines(columns, rows)])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table; the first has the names of its columns."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in chain([columns], rows):
        writer.writerow([escape_cell(_cell(one)) for one in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
