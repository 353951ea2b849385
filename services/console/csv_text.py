"""CSV as the body of a request, and a CSV file as an answer."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from services.console.body import upload
from services.console.csv_answer import MEDIA_TYPE
from services.console.problems import Problem

_BYTES = "application/octet-stream"  # the type that generated clients can send
CSV_UPLOAD = upload(2 * 1024 * 1024, MEDIA_TYPE, _BYTES)
"""For `dependencies=[CSV_UPLOAD]` of a route that takes `CsvText`."""
CSV_BODY = {
    "requestBody": {
        "required": True,
        "description": "A CSV file in UTF-8, also as `text/csv`.",
        "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
}
"""For `openapi_extra=CSV_BODY` of such a route."""
CSV_ANSWER: dict[int | str, dict[str, object]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""For `responses=CSV_ANSWER` of a route that returns a CSV file."""


async def _csv_text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("invalid", "the file is not UTF-8 text") from None


CsvText = Annotated[str, Depends(_csv_text)]
"""`body: CsvText`: the text of a CSV file that was sent as the body."""


def csv_file(text: str, name: str) -> Response:
    """Return a CSV file for a download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)
