"""`channels/{channel}/media`: files for messages, uploaded to the provider, or kept for one that fetches them."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from typing import IO, Annotated

from fastapi import Path, Query, Request

from services.console.body import upload
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.limits import UPLOADS, limited
from services.console.media import file_copies, file_uploads
from services.console.models import AnswerModel
from services.console.multipart_file import FILE_BODY, file_pieces
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.errors import DependencyAway
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.operations.media.types import SNIFFED_BYTES, fits_type
from shared.operations.media.upload import MediaUploader
from shared.providers.meta.upload import TYPES
from shared.repositories.directory import Directory
from shared.telemetry import logging

log = logging.get(__name__)
router = workspace_router("/channels", "channels")

MOST_BYTES = 25 * 1024 * 1024
_FORM = 64 * 1024  # bytes of a form around its file
_AT_ONCE = 8  # uploads: /tmp of the deployment has room for ten of the largest files
_OF_ONE = 3  # of a workspace: bytes may come slowly, and others upload meanwhile
_uploading: Counter[str] = Counter()  # by workspace
_IN_MEMORY = 1024 * 1024  # bytes; the rest of a larger file is in a temporary file


class UploadedFile(AnswerModel):
    """A file that was uploaded for a message. media_id: for `content.media_id` of a message on this channel. until:
    when it is deleted.
    """

    media_id: str
    kind: MediaKind
    mime_type: str
    size: int
    until: datetime


@router.post("/{channel}/media", status_code=201, openapi_extra=FILE_BODY, dependencies=[upload(MOST_BYTES + _FORM)])
async def upload_media(
    channel: Annotated[str, Path(max_length=64)],
    name: Annotated[str, Query(min_length=3, max_length=240, description="The file's name; its ending is its type.")],
    request: Request,
    caller: Annotated[Principal, needs(Right.MESSAGES_WRITE)],
    _: Annotated[None, limited(UPLOADS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> UploadedFile:
    """Upload the file in the field `file` (at most 25 MiB) for messages on a channel.

    Meta keeps it for 30 days. Other providers fetch it from us when a message is sent, for 7 days. A file that was sent
    can be looked at by the message (`messages/{message}/media`) as long as customers' files are kept.
    """
    if caller.channels and channel not in caller.channels:
        raise Problem("not-found", "there is no such channel")
    directory = Directory(parts.mongo, parts.redis, parts.secrets, parts.clock)
    uploader = MediaUploader(directory, parts.settings, parts.clock)
    found = await uploader.channel(caller.workspace, channel)
    kept = None if found.provider is Provider.META else file_uploads(parts, caller.workspace)
    with _place(caller.workspace), tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        size = await _take(request, file, name)
        if kept is None:
            done = await uploader.upload(found, name, file, size)
            try:
                await file_copies(parts, caller.workspace).keep_copy(done, name, file)
            except DependencyAway as error:  # the file can be sent; to be looked at it is fetched from Meta
                log.warning("No copy of an uploaded file", workspace=caller.workspace, error=str(error))
        else:
            done = await kept.keep(key.derived("upload"), found.provider, name, file, size)
    return UploadedFile(
        media_id=done.id, kind=MediaKind(done.kind), mime_type=done.mime_type, size=done.size, until=done.until
    )


@contextmanager
def _place(workspace: str) -> Iterator[None]:
    """Have one of the places for uploads in the block. Raises Problem if there is none for the workspace."""
    if _uploading.total() >= _AT_ONCE or _uploading[workspace] >= _OF_ONE:
        raise Problem("away", "other files are being uploaded", headers={"Retry-After": "5"})
    _uploading[workspace] += 1
    try:
        yield
    finally:
        _uploading[workspace] -= 1
        if not _uploading[workspace]:
            del _uploading[workspace]


async def _take(request: Request, file: IO[bytes], name: str) -> int:
    """Write the uploaded file, and return its size. Raises Problem if its first bytes are not of the name's type."""
    size, start = 0, b""
    async for piece in file_pieces(request):
        start = start if len(start) >= SNIFFED_BYTES else (start + piece)[:SNIFFED_BYTES]
        size += len(piece)
        await asyncio.to_thread(file.write, piece)
    known = TYPES.get(PurePath(name).suffix.lower())
    if known is None:
        raise Problem("invalid", errors=[FieldError("?name", f"ends with none of {', '.join(TYPES)}")])
    if not fits_type(start, known[1]):
        raise Problem("invalid", errors=[FieldError("#/file", f"is no file of the type {known[1]}")])
    file.seek(0)
    return size
