"""Checks a channel's token at Meta, by a page of its account's templates."""

from urllib.parse import quote

import aiohttp

from shared.http.addresses import AllowedHosts
from shared.providers.media_download import MediaDownloader
from shared.providers.port import Channel
from shared.settings import Settings

_TIMEOUT = 10.0
_MOST = 256 * 1024  # bytes


async def check_access(session: aiohttp.ClientSession, settings: Settings, channel: Channel) -> None:
    """Raise MediaError when Meta refuses the token for the account, DependencyAway when it cannot be reached."""
    get = MediaDownloader(session, AllowedHosts(base=settings.meta_graph_url), timeout=_TIMEOUT)
    account = quote(channel.settings.get("waba_id", ""), safe="")
    url = f"{settings.meta_graph_url.rstrip('/')}/{settings.meta_graph_version}/{account}/message_templates"
    token = channel.secrets.get("access_token", "")
    await get.answer(f"{url}?fields=name&limit=1", {"Authorization": f"Bearer {token}"}, limit=_MOST)
