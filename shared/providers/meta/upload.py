"""Files for Meta to keep, so that they can be sent by id: `POST {graph}/{version}/{phone_number_id}/media`.

Source: the Cloud API's media reference: an id is good for 30 days, for the number that it was uploaded with; at most
5 MB for pictures, 16 MB for audio and video, 100 MB for documents, 100 KB (500 KB animated) for stickers.
"""

from typing import IO
from urllib.parse import quote

import aiohttp
import msgspec

from shared.messages.content import MediaKind
from shared.providers.errors import MediaFailed, MediaReason
from shared.providers.meta import wire
from shared.providers.port import Channel

_TIMEOUT = 120.0  # seconds for all of it
_MB = 1024 * 1024
LARGEST: dict[MediaKind, int] = {
    MediaKind.IMAGE: 5 * _MB,
    MediaKind.AUDIO: 16 * _MB,
    MediaKind.VIDEO: 16 * _MB,
    MediaKind.DOCUMENT: 100 * _MB,
    MediaKind.STICKER: _MB // 2,
}


class _Stored(wire.Wire):
    id: str


_STORED = msgspec.json.Decoder(_Stored)


class MetaUpload:
    """session: of `shared.providers.http.open_session`; it stays its owner's. Never tries again: twice does no harm."""

    def __init__(
        self, session: aiohttp.ClientSession, *, graph_url: str, version: str, timeout: float = _TIMEOUT
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def put(self, channel: Channel, kind: MediaKind, file: IO[bytes], *, size: int, mime_type: str) -> str:
        """The id for `MediaBody.media_id`. Raises MediaFailed."""
        number, token = channel.settings.get("phone_number_id", ""), channel.secrets.get("access_token", "")
        if not number or not token:
            raise MediaFailed(MediaReason.REFUSED, "The channel has no phone_number_id or no access_token.")
        if size > LARGEST[kind]:
            raise MediaFailed(MediaReason.TOO_LARGE, f"Meta takes {kind} files of at most {LARGEST[kind]} bytes.")
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime_type})
        form.add_field("file", file, filename="file", content_type=mime_type)
        url = f"{self._base}/{quote(number, safe='')}/media"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._session.post(
                url, data=form, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return _id_of(response.status, await response.content.read(64 * 1024))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MediaFailed(MediaReason.AWAY, "Meta could not be reached with the file.") from error


def _id_of(status: int, answer: bytes) -> str:
    if status in (401, 403):
        raise MediaFailed(MediaReason.REFUSED, "Meta does not accept the channel's credentials.")
    if status == 429 or status >= 500:
        raise MediaFailed(MediaReason.AWAY, "Meta cannot take the file now.")
    if status >= 400:
        raise MediaFailed(MediaReason.UNREADABLE, "Meta does not take this file.")
    try:
        return _STORED.decode(answer).id
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MediaFailed(MediaReason.UNREADABLE, "Meta does not say where it has put the file.") from error
