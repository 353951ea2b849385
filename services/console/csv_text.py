"""CSV as the body of a request."""

from typing import Annotated

from fastapi import Depends, Request

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


async def _csv_text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("invalid", "the file is not UTF-8 text") from None


CsvText = Annotated[str, Depends(_csv_text)]
"""`body: CsvText`: the text of a CSV file that was sent as the body."""
