"""One call of a provider over HTTP, and the one question that matters when it fails: can the provider have taken it?

Before the request is on its way the answer is no (TRANSIENT, code `connect`). Afterwards only an answer that can be
read says so; anything else is IN_DOUBT (`no_answer`, `unreadable_answer`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import aiohttp

from shared.clock import Clock
from shared.providers.errors import ErrorKind, SendError

MAX_ANSWER = 1024 * 1024  # bytes; an answer to a send has a few hundred
MAX_RETRY_AFTER = 3600.0  # seconds

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. connect: to have a connection, waiting for a free one included. read: between two pieces of the answer;
    together they bound the whole call.
    """

    connect: float = 5.0
    read: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """body: None when it could not be read to its end, or is too large. retry_after: seconds."""

    status: int
    body: bytes | None
    retry_after: float | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def open_session(*, connections: int = 200) -> aiohttp.ClientSession:
    """A session as senders want it: no proxies or credentials from the environment, no cookies, and connections that
    are closed before a provider closes them, which would leave a message in doubt. Close it in the end.
    """
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=10.0)
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


class ApiCaller:
    """Posts once, action no redirects, never tries again. The session stays its owner's."""

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
        """Raises SendError when there is no answer, or when the request could not be made."""
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
            raise in_doubt("no_answer", _words(error)) from error
        except ValueError as error:  # aiohttp refuses headers with line ends before it sends anything
            raise misconfigured("The channel's credentials have characters that cannot be sent.") from error


def in_doubt(code: Literal["no_answer", "unreadable_answer"], detail: str = "") -> SendError:
    """The provider may have taken the message."""
    title = (
        "The provider's answer could not be read." if code == "unreadable_answer" else "The provider gave no answer."
    )
    return SendError(ErrorKind.IN_DOUBT, code=code, title=title, detail=detail)


def misconfigured(title: str) -> SendError:
    """Nothing can go out until somebody mends the channel's settings."""
    return SendError(ErrorKind.CHANNEL, code="settings", title=title)


def unsendable(error: ValueError) -> SendError:
    """The message cannot be written down in the provider's form, for example for a broken character."""
    return SendError(
        ErrorKind.PERMANENT, code="unsendable", title="The message cannot be encoded.", detail=type(error).__name__
    )


def required(values: Mapping[str, str], name: str) -> str:
    """A setting or secret of a channel. Raises SendError when it is missing; its value is never shown."""
    value = values.get(name)
    if not value:
        raise misconfigured(f"The channel has no {name}.")
    return value


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; at most an hour, None when it says neither."""
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
            if len(body) > MAX_ANSWER:
                response.close()
                return None
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
    return bytes(body)


def _unreachable(error: Exception) -> SendError:
    title = "The provider could not be reached."
    return SendError(ErrorKind.TRANSIENT, code="connect", title=title, detail=_words(error))


def _words(error: Exception) -> str:
    """The kind of failure only: messages of libraries hold addresses."""
    return type(error).__name__
