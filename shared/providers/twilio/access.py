"""Checks a channel's token at Twilio, by reading its account."""

from urllib.parse import quote

import aiohttp
import msgspec

from shared.providers.access import WRONG_CREDENTIAL, read_account, unknown_refusal
from shared.providers.error_rules import numeric_code
from shared.providers.errors import ChannelRefused
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.port import Channel
from shared.providers.twilio.sender import basic
from shared.settings import Settings

_TOKEN, _ACCOUNT = "auth_token", "account_sid"
_NOT_ACTIVE = frozenset({10001, 20005})
_TEST_CREDENTIALS = 20008


class _ErrorBody(msgspec.Struct, gc=False):
    code: int | str | None = None


_ERROR = LenientDecoder(_ErrorBody)


async def check_access(session: aiohttp.ClientSession, settings: Settings, channel: Channel) -> None:
    """Raise ChannelRefused unless Twilio accepts the token. Source: Twilio, "REST API: Account resource"."""
    account = channel.settings.get(_ACCOUNT, "")
    await read_account(
        session,
        f"{settings.twilio_api_url.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}.json",
        {"Authorization": basic(account, channel.secrets.get(_TOKEN, ""))},
        base=settings.twilio_api_url,
        secret=_TOKEN,
        refusal=_refusal,
    )


def _refusal(status: int, body: bytes) -> ChannelRefused:
    """Return what an error response says of the channel. For a token of another account, an account that does not exist
    and a wrong token Twilio's answer is the same: 401, code 20003.

    Source: Twilio, "Error and warning dictionary".
    """
    code = numeric_code((decode_or_none(_ERROR, body) or _ErrorBody()).code)
    if code in _NOT_ACTIVE:
        return ChannelRefused("the account is suspended or closed", advice="ask Twilio's support, then check again")
    if code == _TEST_CREDENTIALS:
        return ChannelRefused("these are test credentials, which read and send nothing", _TOKEN, _ACCOUNT)
    if status in (401, 403):
        return ChannelRefused(f"{WRONG_CREDENTIAL}, or it belongs to another account", _TOKEN, _ACCOUNT)
    if status == 404:
        return ChannelRefused("it knows no such account", _ACCOUNT)
    return unknown_refusal(status, code, _ACCOUNT, _TOKEN)
