"""CSV as the body of a request, and as an answer."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from services.console.problems import Problem

MEDIA_TYPE = "text/csv"


async def _csv_text(request: Request) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != MEDIA_TYPE:
        raise Problem("unsupported-media-type", "send `text/csv`")
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("invalid", "the file is not UTF-8 text") from None


CsvText = Annotated[str, Depends(_csv_text)]
"""`body: CsvText`: the text of a CSV file that was sent as the body."""
CSV_BODY = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
}
"""For `openapi_extra=CSV_BODY` of a route that takes `CsvText`."""
CSV_ANSWER: dict[int | str, dict[str, object]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""For `responses=CSV_ANSWER` of a route that returns a CSV file."""


def csv_response(text: str, name: str) -> Response:
    """Return a CSV file for a download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
