"""Checks a channel's token at Twilio, by reading its account."""

from urllib.parse import quote

import aiohttp

from shared.http.addresses import AllowedHosts
from shared.providers.media_download import MediaDownloader
from shared.providers.port import Channel
from shared.providers.twilio.sender import basic
from shared.settings import Settings

_TIMEOUT = 10.0


async def check_access(session: aiohttp.ClientSession, settings: Settings, channel: Channel) -> None:
    """Raise MediaError when Twilio refuses the token, DependencyAway when it cannot be reached.

    Source: Twilio, "REST API: Account resource".
    """
    get = MediaDownloader(session, AllowedHosts(base=settings.twilio_api_url), timeout=_TIMEOUT)
    account = channel.settings.get("account_sid", "")
    credentials = {"Authorization": basic(account, channel.secrets.get("auth_token", ""))}
    url = f"{settings.twilio_api_url.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}.json"
    await get.answer(url, credentials)
