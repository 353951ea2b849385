"""Uploads files to Meta, to be sent by their ids: `POST {graph}/{version}/{phone_number_id}/media`.

Source: the Cloud API's media reference: an id is valid for 30 days, for the number that it was uploaded with; at most
5 MB for pictures, 16 MB for audio and video, 100 MB for documents, 100 KB (500 KB animated) for stickers. The types
are those that Meta lists when it refuses another one.
"""

import io
from pathlib import PurePath
from typing import IO
from urllib.parse import quote

import aiohttp
import msgspec

from shared.messages.content import MediaKind
from shared.providers.error_rules import numeric_code
from shared.providers.errors import RETRYABLE, ErrorKind, MediaError, MediaErrorReason
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.meta import wire
from shared.providers.meta.errors import classify
from shared.providers.port import Channel

DAYS = 30
"""Days for which Meta keeps a file."""
_TIMEOUT = 120.0  # seconds for a whole upload
_MAX_RESPONSE = 64 * 1024  # bytes
_MB = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
MAX_BYTES: dict[MediaKind, int] = {
    MediaKind.IMAGE: 5 * _MB,
    MediaKind.AUDIO: 16 * _MB,
    MediaKind.VIDEO: 16 * _MB,
    MediaKind.DOCUMENT: 100 * _MB,
    MediaKind.STICKER: 500 * 1024,
}
TYPES: dict[str, tuple[MediaKind, str]] = {  # by the suffix of the file name
    ".jpg": (MediaKind.IMAGE, "image/jpeg"),
    ".jpeg": (MediaKind.IMAGE, "image/jpeg"),
    ".png": (MediaKind.IMAGE, "image/png"),
    ".webp": (MediaKind.STICKER, "image/webp"),
    ".aac": (MediaKind.AUDIO, "audio/aac"),
    ".amr": (MediaKind.AUDIO, "audio/amr"),
    ".m4a": (MediaKind.AUDIO, "audio/mp4"),
    ".mp3": (MediaKind.AUDIO, "audio/mpeg"),
    ".ogg": (MediaKind.AUDIO, "audio/ogg"),
    ".opus": (MediaKind.AUDIO, "audio/opus"),
    ".mp4": (MediaKind.VIDEO, "video/mp4"),
    ".3gp": (MediaKind.VIDEO, "video/3gpp"),
    ".txt": (MediaKind.DOCUMENT, "text/plain"),
    ".pdf": (MediaKind.DOCUMENT, "application/pdf"),
    ".doc": (MediaKind.DOCUMENT, "application/msword"),
    ".docx": (MediaKind.DOCUMENT, f"{_OFFICE}.wordprocessingml.document"),
    ".xls": (MediaKind.DOCUMENT, "application/vnd.ms-excel"),
    ".xlsx": (MediaKind.DOCUMENT, f"{_OFFICE}.spreadsheetml.sheet"),
    ".ppt": (MediaKind.DOCUMENT, "application/vnd.ms-powerpoint"),
    ".pptx": (MediaKind.DOCUMENT, f"{_OFFICE}.presentationml.presentation"),
}
_UPLOAD_ERROR = 131053  # can be retried for a message; for an upload it is the file's fault


class _Stored(wire.Wire):
    id: str


_STORED = LenientDecoder(_Stored)
_ERROR = LenientDecoder(wire.ErrorBody)


def media_type_of(name: str) -> tuple[MediaKind, str]:
    """Return the kind and the MIME type of a file by its name. Raises MediaError."""
    found = TYPES.get(PurePath(name).suffix.lower())
    if found is None:
        raise MediaError(MediaErrorReason.UNWANTED, f"Meta takes no such file; it takes {', '.join(TYPES)}.")
    return found


class _Lent(io.RawIOBase):
    """A file that aiohttp reads; it closes what it was given."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()


class MetaUpload:
    """Uploads files. session: of `shared.providers.api_calls.open_session`; not closed here. Never retries."""

    def __init__(
        self, session: aiohttp.ClientSession, *, graph_url: str, version: str, timeout: float = _TIMEOUT
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def upload(self, channel: Channel, kind: MediaKind, file: IO[bytes], *, size: int, mime_type: str) -> str:
        """Upload a file, which stays open; return the id for `MediaBody.media_id`. size: bytes. Raises MediaError."""
        number, token = channel.settings.get("phone_number_id", ""), channel.secrets.get("access_token", "")
        if not number or not token:
            raise MediaError(MediaErrorReason.REFUSED, "The channel has no phone_number_id or no access_token.")
        _check_size(kind, size)
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime_type})
        form.add_field("file", _Lent(file), filename="file", content_type=mime_type)
        url = f"{self._base}/{quote(number, safe='')}/media"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._session.post(
                url, data=form, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return _id_of(response.status, await response.content.read(_MAX_RESPONSE))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MediaError(MediaErrorReason.AWAY, "Meta could not be reached with the file.") from error
        except ValueError as error:  # aiohttp refuses headers with line ends before it sends anything
            words = "The channel's access_token has characters that cannot be sent."
            raise MediaError(MediaErrorReason.REFUSED, words) from error


def _check_size(kind: MediaKind, size: int) -> None:
    if not size:
        raise MediaError(MediaErrorReason.UNWANTED, "The file is empty.")
    if size > MAX_BYTES[kind]:
        most = f"{MAX_BYTES[kind] / _MB:.1f}".removesuffix(".0")
        raise MediaError(MediaErrorReason.TOO_LARGE, f"Meta takes files of the kind {kind} of at most {most} MB.")


def _id_of(status: int, answer: bytes) -> str:
    if status >= 400:
        raise _refusal(status, answer)
    try:
        return _STORED.decode(answer).id
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MediaError(MediaErrorReason.UNREADABLE, "Meta does not say where it has put the file.") from error


def _refusal(status: int, answer: bytes) -> MediaError:
    """Return the error with Meta's own text, if it has one."""
    refused = decode_or_none(_ERROR, answer)
    given = refused.error if refused else wire.Error()
    code = numeric_code(given.code)
    error = classify(status, code, detail=given.description)
    text = f"{error.title} {error.detail}".strip()
    return MediaError(_reason(error.kind, code), text if code is None else f"{text} (Meta's error {code})")


def _reason(kind: ErrorKind, code: int | None) -> MediaErrorReason:
    if kind is ErrorKind.CHANNEL:
        return MediaErrorReason.REFUSED
    return MediaErrorReason.AWAY if kind in RETRYABLE and code != _UPLOAD_ERROR else MediaErrorReason.UNWANTED
