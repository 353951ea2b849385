"""Downloads customers' media from Meta: `GET {graph}/{version}/{media_id}` returns an address that is valid for some
minutes; the download needs the token, too.

`?` The hosts are not documented: the answers have named `lookaside.fbsbx.com`, which redirects to `fbcdn.net`.
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


class _MediaLocation(wire.Wire):
    url: str
    mime_type: str = ""
    sha256: str | None = None
    file_size: int | None = None


_LOCATION = LenientDecoder(_MediaLocation)


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
        location = await self._locate(media, credentials)
        if (location.file_size or 0) > limit:
            raise MediaError(MediaErrorReason.TOO_LARGE, f"The media is larger than {limit} bytes.")
        return await self._get.file(
            location.url,
            credentials,
            limit=limit,
            digest=media.sha256 or location.sha256,
            mime_type=location.mime_type or media.mime_type,
        )

    async def _locate(self, media: Media, credentials: dict[str, str]) -> _MediaLocation:
        if media.media_id:
            answer = await self._get.answer(f"{self._base}/{quote(media.media_id, safe='')}", credentials)
            try:
                return _LOCATION.decode(answer)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                raise MediaError(MediaErrorReason.UNREADABLE, "Meta does not say where the media is.") from error
        if media.url:
            return _MediaLocation(url=media.url)
        raise MediaError(MediaErrorReason.NOTHING_THERE, "The message has no media.")
