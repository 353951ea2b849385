"""Calls a provider's API over HTTP, and classifies failures by whether the provider can have accepted the request.

If no connection was made, it cannot (TRANSIENT, code `connect`). Once the request is sent, only a readable answer
decides; without one the message is IN_DOUBT (`no_answer`, `unreadable_answer`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import aiohttp

from shared.clock import Clock
from shared.http.names import OwnThreadResolver
from shared.providers.errors import ErrorKind, SendError

MAX_RESPONSE = 1024 * 1024  # bytes; an answer to a send has a few hundred
MAX_RETRY_AFTER = 3600.0  # seconds

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. connect: to get a connection, including waiting for a free one. read: between two pieces of the
    response. Their sum limits the whole call.
    """

    connect: float = 5.0
    read: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """An HTTP response. body: None if it could not be read completely, or is too large. retry_after: seconds."""

    status: int
    body: bytes | None
    retry_after: float | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def open_session(*, connections: int = 200) -> aiohttp.ClientSession:
    """Return a session for senders, which the caller closes. It uses no proxies or credentials of the environment and
    no cookies, and closes idle connections before providers do: sending on a closed one would leave a message in doubt.
    """
    connector = aiohttp.TCPConnector(
        limit=connections, keepalive_timeout=10.0, resolver=OwnThreadResolver(per_owner=16)
    )
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


class ApiCaller:
    """Posts to a provider: no redirects, no retries. It does not close the session."""

    def __init__(self, session: aiohttp.ClientSession, timeouts: Timeouts, clock: Clock) -> None:
        if session.trust_env:
            raise ValueError("a sender's session must not take proxies or credentials from the environment")
        self._session = session
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.connect + timeouts.read,
            connect=timeouts.connect,
            sock_connect=timeouts.connect,
            sock_read=timeouts.read,
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> ApiResponse:
        """Return the response, whatever its status. Raises SendError if there is none, or no request could be made."""
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return ApiResponse(
                    status=response.status,
                    body=await _body_of(response),
                    retry_after=retry_after(response.headers.get("Retry-After"), self._clock.now()),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _unreachable(error) from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise misconfigured("The provider's address is not a URL.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise in_doubt("no_answer", _type_name(error)) from error
        except ValueError as error:  # aiohttp refuses headers with line ends before it sends anything
            raise misconfigured("The channel's credentials have characters that cannot be sent.") from error


def in_doubt(code: Literal["no_answer", "unreadable_answer"], detail: str = "") -> SendError:
    """Return the error for a message that the provider may have accepted."""
    title = (
        "The provider's answer could not be read." if code == "unreadable_answer" else "The provider gave no answer."
    )
    return SendError(ErrorKind.IN_DOUBT, code=code, title=title, detail=detail)


def misconfigured(title: str) -> SendError:
    """Return the error for a channel whose settings must be corrected first."""
    return SendError(ErrorKind.CHANNEL, code="settings", title=title)


def unsendable(error: ValueError) -> SendError:
    """Return the error for a message that cannot be encoded, for example because of a lone surrogate."""
    return SendError(
        ErrorKind.PERMANENT, code="unsendable", title="The message cannot be encoded.", detail=type(error).__name__
    )


def required(values: Mapping[str, str], name: str) -> str:
    """Return a setting or secret of a channel. Raises SendError if it is missing; the error does not show values."""
    value = values.get(name)
    if not value:
        raise misconfigured(f"The channel has no {name}.")
    return value


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds to wait, from a number of seconds or an HTTP date; at most an hour, None if it is neither."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


async def _body_of(response: aiohttp.ClientResponse) -> bytes | None:
    body = bytearray()
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > MAX_RESPONSE:
                response.close()
                return None
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
    return bytes(body)


def _unreachable(error: Exception) -> SendError:
    title = "The provider could not be reached."
    return SendError(ErrorKind.TRANSIENT, code="connect", title=title, detail=_type_name(error))


def _type_name(error: Exception) -> str:
    """Return the type only: messages of libraries contain addresses."""
    return type(error).__name__
