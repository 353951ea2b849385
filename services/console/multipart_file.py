"""A file in a multipart form, read while it arrives: nothing of it is held in memory or on a disk."""

from collections.abc import AsyncIterator

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from services.console.problems import FieldError, Problem

FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    },
}
"""For `openapi_extra=FILE_BODY` of a route that takes `file_pieces`."""
_FIELD = b"file"


class _FileField:
    """Collects the bytes of the field `file`; other fields are ignored."""

    def __init__(self, boundary: bytes) -> None:
        self.found = self.complete = False
        self._name, self._value = bytearray(), bytearray()
        self._inside = False
        self._data = bytearray()
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_part_data": self._part_data,
                "on_end": self._end,
            },
        )

    def take(self) -> bytes:
        """Return the bytes since the last call."""
        data = bytes(self._data)
        self._data.clear()
        return data

    def _begin(self) -> None:
        self._inside = False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._inside = options.get(b"name") == _FIELD and not self.found
            self.found = self.found or self._inside
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.complete = True

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._data += data[start:end]


async def file_pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the bytes of the field `file` as they arrive. Raises Problem `invalid`."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        field = _FileField(options.get(b"boundary", b""))
        async for data in request.stream():
            field.parser.write(data)
            if piece := field.take():
                yield piece
    except FormParserError:
        raise Problem("invalid", "the multipart form is malformed", status=400) from None
    except ClientDisconnect:
        raise Problem("invalid", "the body is incomplete", status=400) from None
    if not field.complete:
        raise Problem("invalid", "the multipart form is incomplete", status=400)
    if not field.found:
        raise Problem("invalid", errors=[FieldError("#/file", "is required")])
