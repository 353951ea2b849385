"""The HTTP client of the vendors: the Anthropic SDK's httpx2 client, whose connections are aiohttp's.

httpx2's own connections are plain Python: with hundreds of calls in flight they cost more than the rest of a call.
"""

import ssl
from collections.abc import Iterator, Mapping

import aiohttp
import anthropic
import httpx2

_LIMITS = httpx2.Limits(max_connections=2000, keepalive_expiry=30.0)
_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,  # also when no connection of the pool became free
    aiohttp.InvalidURL,
    UnicodeEncodeError,  # half a character in the prompt
)


def http_client(headers: Mapping[str, str] | None = None) -> httpx2.AsyncClient:
    """Return a client that takes no proxy from the environment and follows no redirects. It trusts the same CAs as all
    other calls of the process, also those of SSL_CERT_FILE.

    It raises httpx2.HTTPError, and errors that the SDK leaves as they are: aiohttp.ClientError, OSError, ValueError.
    """
    return anthropic.DefaultAioHttpClient(
        headers=headers,
        limits=_LIMITS,
        verify=ssl.create_default_context(),
        trust_env=False,
        follow_redirects=False,
    )


def was_sent(error: BaseException) -> bool:
    """Return whether a request that failed may have reached the vendor, which then charges for it.

    The cause decides: to the SDK a connection that breaks in mid-request is a `ConnectError`, like one never made.
    """
    return not any(isinstance(cause, _NEVER_SENT) or _is_bad_header(cause) for cause in _causes(error))


def _is_bad_header(error: BaseException) -> bool:
    """Return whether a header has characters that none may have. Errors of reading an answer, such as
    `UnicodeDecodeError`, are subclasses of ValueError.
    """
    return type(error) is ValueError


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
