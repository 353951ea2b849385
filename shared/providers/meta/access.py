"""Checks a channel's token at Meta, by a page of its account's templates."""

from urllib.parse import quote

import aiohttp

from shared.providers.access import WRONG_CREDENTIAL, answers_later, read_account, unknown_refusal
from shared.providers.error_rules import numeric_code
from shared.providers.errors import ChannelRefused, ErrorKind
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.meta import wire
from shared.providers.meta.errors import classify
from shared.providers.port import Channel
from shared.settings import Settings

_ERROR = LenientDecoder(wire.ErrorBody)
_TOKEN, _ACCOUNT = "access_token", "waba_id"
_WRONG_TOKEN = frozenset({0, 102, 190})
_NO_PERMISSION = frozenset({3, 10, 131005, *range(200, 300)})
_NO_OBJECT = frozenset({33, 100, 803})
_NO_PATH = 2500


async def check_access(session: aiohttp.ClientSession, settings: Settings, channel: Channel) -> None:
    """Raise ChannelRefused unless Meta accepts the token for the account."""
    account = quote(channel.settings.get(_ACCOUNT, ""), safe="")
    url = f"{settings.meta_graph_url.rstrip('/')}/{settings.meta_graph_version}/{account}/message_templates"
    await read_account(
        session,
        f"{url}?fields=name&limit=1",
        {"Authorization": f"Bearer {channel.secrets.get(_TOKEN, '')}"},
        base=settings.meta_graph_url,
        secret=_TOKEN,
        refusal=_refusal,
    )


def _refusal(status: int, body: bytes) -> ChannelRefused:
    """Return what an error response says of the channel. Meta answers 400 for most of them, whatever is wrong.

    Source: Meta, "Graph API: Handle errors".
    """
    found = decode_or_none(_ERROR, body)
    error = found.error if found else wire.Error()
    code = numeric_code(error.code)
    if code in _WRONG_TOKEN or (code is None and status == 401):
        return ChannelRefused(WRONG_CREDENTIAL, _TOKEN)
    if code in _NO_PERMISSION or (code is None and status == 403):
        text = "the token may not manage this account: it lacks whatsapp_business_management, or the account is another"
        return ChannelRefused(text, _TOKEN, _ACCOUNT)
    if code in _NO_OBJECT and "nonexisting field" in (error.message or ""):
        return ChannelRefused("this is the id of something that is no WhatsApp Business account", _ACCOUNT)
    if code in _NO_OBJECT:
        return ChannelRefused("it knows no such account, or the token may not see it", _ACCOUNT, _TOKEN)
    if code == _NO_PATH or (code is None and status == 404):
        advice = "compare META_GRAPH_URL and META_GRAPH_VERSION with Meta's documentation"
        return ChannelRefused("it knows no such address", advice=advice)
    return _by_kind(status, code)


def _by_kind(status: int, code: int | None) -> ChannelRefused:
    refused = classify(status, code)
    if refused.kind is ErrorKind.CHANNEL and code is not None:
        return ChannelRefused(
            refused.title.rstrip("."), advice="repair it in Meta's Business Manager, then check again"
        )
    if refused.kind in (ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL):
        return answers_later(status)
    return unknown_refusal(status, code, _ACCOUNT, _TOKEN)
