"""Posts to URLs that a workspace has chosen: they must never reach our own network.

Names are resolved for each connection, to public addresses only. The address of the socket is checked again, which also
covers URLs with an IP address. Redirects are not followed. Only the status of the response is used.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from shared.http.addresses import PublicResolver, is_public
from shared.http.names import OwnThreadResolver, looking_up_for

_CONNECTING = 5.0  # seconds
_READ = 4096  # bytes of a response, so that the connection of a short one can be reused
_CONNECTIONS = 200  # more than there are callers: a call never waits for another's connection
_NOT_PUBLIC = ("not a public address", "no public address")  # the errors raised here, and by `PublicResolver`


@dataclass(frozen=True, slots=True)
class PostResult:
    """The result of a post. status: 0 without a response; why: the reason then, without any address."""

    status: int
    why: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unreachable(self) -> bool:
        """True if the receiver did not judge the content: no response, 408, 429, or a server error."""
        return self.status in (0, 408, 429) or self.status >= 500


class Poster:
    """Posts; one per process. private: allow private addresses, and plain http. timeout: seconds for a whole call."""

    def __init__(self, *, private: bool, timeout: float, resolver: AbstractResolver | None = None) -> None:
        self._private = private
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=_CONNECTING)
        found = resolver or OwnThreadResolver()
        connector = aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            keepalive_timeout=10.0,
            use_dns_cache=False,
            resolver=found if private else PublicResolver(found, ()),
            socket_factory=None if private else _public_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, workspace: str = "") -> PostResult:
        """Post once and return the result; network errors are a result, too. workspace: the one that chose the URL; its
        names that are looked up slowly delay those of no other.
        """
        if not self._private and urlsplit(url).scheme != "https":
            return PostResult(0, "only https may be called")
        try:
            with looking_up_for(workspace):
                response = await self._session.post(
                    url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
                )
            async with response:
                await _drain(response)
                return PostResult(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return PostResult(0, _reason(error))

    async def close(self) -> None:
        await self._session.close()


async def _drain(response: aiohttp.ClientResponse) -> None:
    await response.content.read(_READ)
    if not response.content.at_eof():
        response.close()


def _public_socket(info: "tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]") -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise OSError(_NOT_PUBLIC[0])
    return socket.socket(family=family, type=kind, proto=protocol)


def _reason(error: Exception) -> str:
    """Return the reason without details: messages of libraries contain addresses."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError) and str(error.os_error) in _NOT_PUBLIC:
        return "the address is not a public one"
    return f"no answer: {type(error).__name__}"
