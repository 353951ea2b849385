"""Downloads customers' media from Twilio. The message has the address, which needs basic authentication if the account
requires it (it should). It redirects to a file store, which must not get the credentials.
"""

import aiohttp

from shared.http.addresses import AllowedHosts
from shared.messages.content import Media
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.media_download import TIMEOUT, MediaDownloader
from shared.providers.port import Channel, FetchedMedia
from shared.providers.twilio.sender import basic

_TRUSTED = frozenset({"api.twilio.com"})
_PUBLIC = frozenset({"mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com"})


class TwilioMedia:
    """A `MediaSource`. Uses `account_sid` of the channel's settings and `auth_token` of its secrets."""

    def __init__(self, session: aiohttp.ClientSession, *, api_url: str, timeout: float = TIMEOUT) -> None:
        self._get = MediaDownloader(
            session, AllowedHosts(base=api_url, trusted=_TRUSTED, public=_PUBLIC), timeout=timeout
        )

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> FetchedMedia:
        account, token = channel.settings.get("account_sid"), channel.secrets.get("auth_token")
        if not account or not token:
            raise MediaError(MediaErrorReason.REFUSED, "The channel has no account_sid or no auth_token.")
        if not media.url:
            raise MediaError(MediaErrorReason.NOTHING_THERE, "The message has no media.")
        credentials = {"Authorization": basic(account, token)}
        return await self._get.file(media.url, credentials, limit=limit, digest=media.sha256, mime_type=media.mime_type)
