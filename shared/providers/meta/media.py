"""Media of customers from Meta: `GET {graph}/{version}/{media_id}` says where it is, for some minutes; fetching it from
there wants the token too.

`?` Which hosts Meta uses is not promised: the answers have named `lookaside.fbsbx.com`, which leads on to `fbcdn.net`.
"""

from urllib.parse import quote

import aiohttp
import msgspec

from shared.http.addresses import AllowedHosts
from shared.messages.content import Media
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.lenient import LenientDecoder
from shared.providers.media_download import TIMEOUT, MediaDownloader
from shared.providers.meta import wire
from shared.providers.port import Channel, FetchedMedia

_TRUSTED = frozenset({"lookaside.fbsbx.com"})
_PUBLIC = frozenset({".fbcdn.net"})


class _Place(wire.Wire):
    url: str
    mime_type: str = ""
    sha256: str | None = None
    file_size: int | None = None


_PLACE = LenientDecoder(_Place)


class MetaMedia:
    """A `MediaSource`. Uses `access_token` of the channel's secrets."""

    def __init__(
        self, session: aiohttp.ClientSession, *, graph_url: str, version: str, timeout: float = TIMEOUT
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._get = MediaDownloader(
            session, AllowedHosts(base=graph_url, trusted=_TRUSTED, public=_PUBLIC), timeout=timeout
        )

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> FetchedMedia:
        token = channel.secrets.get("access_token")
        if not token:
            raise MediaError(MediaErrorReason.REFUSED, "The channel has no access_token.")
        credentials = {"Authorization": f"Bearer {token}"}
        place = await self._place(media, credentials)
        if (place.file_size or 0) > limit:
            raise MediaError(MediaErrorReason.TOO_LARGE, f"The media is larger than {limit} bytes.")
        return await self._get.file(
            place.url,
            credentials,
            limit=limit,
            digest=media.sha256 or place.sha256,
            mime_type=place.mime_type or media.mime_type,
        )

    async def _place(self, media: Media, credentials: dict[str, str]) -> _Place:
        if media.media_id:
            answer = await self._get.answer(f"{self._base}/{quote(media.media_id, safe='')}", credentials)
            try:
                return _PLACE.decode(answer)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                raise MediaError(MediaErrorReason.UNREADABLE, "Meta does not say where the media is.") from error
        if media.url:
            return _Place(url=media.url)
        raise MediaError(MediaErrorReason.NOTHING_THERE, "The message has no media.")
