"""Tables as CSV, for `Accept: text/csv` and for files. No cell is a formula for a spreadsheet
(`shared.operations.customers.cells`)."""

import asyncio
import csv
import io
from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from shared.operations.customers.cells import escape_cell

MEDIA_TYPE = "text/csv"
CSV_ANSWER: dict[int | str, dict[str, object]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""For `responses=CSV_ANSWER` of a route that can answer with CSV."""
_TYPE = f"{MEDIA_TYPE}; charset=utf-8"


def wants_csv(request: Request) -> bool:
    """Return whether the caller prefers CSV to JSON."""
    return request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower() == MEDIA_TYPE


async def csv_response(
    columns: Sequence[str], rows: Iterable[Sequence[object]], following: str | None = None, *, name: str = ""
) -> Response:
    """Return a table; `Parley-Next` is the cursor of the next page. name: of the file, if it is one. Its lines are made
    in a thread: cells may be long texts of customers.
    """
    headers = {"Parley-Next": following} if following else {}
    return _answer(await csv_text(columns, rows), headers, name)


def csv_file(text: str, name: str) -> Response:
    """Return a CSV file for a download."""
    return _answer(text, {}, name)


def csv_stream(parts: AsyncIterable[str], name: str) -> Response:
    """Return a CSV file for a download that is made in parts."""
    return StreamingResponse(parts, media_type=_TYPE, headers=_named(name))


async def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the lines of a table as one text, made in a thread."""
    return await asyncio.to_thread(lambda: "".join(csv_lines(columns, rows)))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table; the first has the names of its columns, if there are any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in chain([columns] if columns else [], rows):
        writer.writerow([escape_cell(_cell(cell)) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _answer(text: str, headers: dict[str, str], name: str) -> Response:
    return Response(text.encode(), media_type=_TYPE, headers=headers | (_named(name) if name else {}))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, datetime) else str(cell)
