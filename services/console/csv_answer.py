"""Tables as CSV, for `Accept: text/csv`. No cell is a formula for a spreadsheet
(`shared.operations.customers.cells`)."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Request, Response

from shared.operations.customers.cells import escape_cell

MEDIA_TYPE = "text/csv"


def wants_csv(request: Request) -> bool:
    """Return whether the caller prefers CSV to JSON."""
    return request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower() == MEDIA_TYPE


def csv_response(columns: Sequence[str], rows: Iterable[Sequence[object]], following: str | None) -> Response:
    """Return a table; `Parley-Next` is the cursor of the next page."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([escape_cell("" if cell is None else str(cell)) for cell in row] for row in rows)
    headers = {"Parley-Next": following} if following else {}
    return Response(out.getvalue().encode(), media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)
