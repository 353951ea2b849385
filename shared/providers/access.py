"""Reads a channel's account at its provider, to check the channel's credentials."""

from collections.abc import Callable, Mapping

import aiohttp

from shared.http.addresses import AllowedHosts
from shared.providers.errors import ChannelRefused, MediaError, MediaErrorReason
from shared.providers.media_download import MediaDownloader

_TIMEOUT = 10.0
_MOST = 256 * 1024  # bytes of an account
_LATER = "check again later"

WRONG_CREDENTIAL = "it does not accept the credential: it is wrong, or has expired"


async def read_account(
    session: aiohttp.ClientSession,
    url: str,
    credentials: Mapping[str, str],
    *,
    base: str,
    secret: str,
    refusal: Callable[[int, bytes], ChannelRefused],
) -> None:
    """Read an account. base: the provider's configured address. secret: the name of the field with the credential.
    refusal: interprets HTTP status and body of an error response. Raises ChannelRefused.
    """
    get = MediaDownloader(session, AllowedHosts(base=base), timeout=_TIMEOUT)
    try:
        await get.answer(url, credentials, limit=_MOST)
    except MediaError as error:
        raise _refused(error, secret, refusal) from error


def _refused(error: MediaError, secret: str, refusal: Callable[[int, bytes], ChannelRefused]) -> ChannelRefused:
    if error.status:
        return (
            answers_later(error.status) if error.reason is MediaErrorReason.AWAY else refusal(error.status, error.body)
        )
    if error.reason is MediaErrorReason.REFUSED:
        return ChannelRefused("the credential has characters that cannot be sent", secret)
    if error.reason is MediaErrorReason.AWAY:
        return ChannelRefused("it could not be reached", advice=_LATER)
    return ChannelRefused("its answer makes no sense", advice=_LATER)


def answers_later(status: int) -> ChannelRefused:
    """Return the refusal of a provider that gives no answer now."""
    return ChannelRefused(f"it cannot answer now (HTTP {status})", advice=_LATER)


def unknown_refusal(status: int, code: int | None, *fields: str) -> ChannelRefused:
    """Return a refusal for a reason that is not in the provider's table. fields: those that may be wrong."""
    return ChannelRefused(f"it refuses the call (HTTP {status}{'' if code is None else f', error {code}'})", *fields)
