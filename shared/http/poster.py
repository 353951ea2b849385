"""Posts to addresses that a tenant has chosen: they must not lead into our own network, at no stage.

A name is resolved for each connection and only its public addresses are kept; the address that is connected to is
looked at once more, which also covers addresses that were written as numbers. Redirections are not followed. Of the
answer only the status is used, and little is read.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from shared.http.addresses import PublicResolver, is_public

_CONNECTING = 5.0  # seconds
_READ = 4096  # bytes of an answer, so that a short one leaves its connection usable
_CONNECTIONS, _PER_HOST = 200, 20
_NOT_PUBLIC = ("not a public address", "no public address")  # as is said here, and by `PublicResolver`


@dataclass(frozen=True, slots=True)
class PostResult:
    """status: 0 when there was none; why: then, in words that hold no address. reached: somebody answered."""

    status: int
    why: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unreachable(self) -> bool:
        """Whether it says nothing about what was posted: no answer, too many, or the other side's own trouble."""
        return self.status in (0, 408, 429) or self.status >= 500


class Poster:
    """Made once per process. private: addresses of our own network may be called too, and over plain http.

    timeout: seconds for a whole call.
    """

    def __init__(self, *, private: bool, timeout: float, resolver: AbstractResolver | None = None) -> None:
        self._private = private
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=_CONNECTING)
        found = resolver or aiohttp.ThreadedResolver()
        connector = aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            limit_per_host=_PER_HOST,
            keepalive_timeout=10.0,
            use_dns_cache=False,
            resolver=found if private else PublicResolver(found, ()),
            socket_factory=None if private else _public_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
        """Post once. Raises nothing of the network's."""
        if not self._private and urlsplit(url).scheme != "https":
            return PostResult(0, "only https may be called")
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                await _some_of(response)
                return PostResult(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return PostResult(0, _words(error))

    async def close(self) -> None:
        await self._session.close()


async def _some_of(response: aiohttp.ClientResponse) -> None:
    await response.content.read(_READ)
    if not response.content.at_eof():
        response.close()


def _public_socket(info: "tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]") -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise OSError(_NOT_PUBLIC[0])
    return socket.socket(family=family, type=kind, proto=protocol)


def _words(error: Exception) -> str:
    """The kind of failure only: messages of libraries hold addresses."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError) and str(error.os_error) in _NOT_PUBLIC:
        return "the address is not a public one"
    return f"no answer: {type(error).__name__}"
