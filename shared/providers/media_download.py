"""Fetches media over HTTP: from where it may be, no more than it may be, in the time that it may take."""

import asyncio
import hmac
import re
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import IO
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from shared.http.addresses import AllowedHosts, PublicResolver
from shared.providers.errors import MediaFailed, MediaReason
from shared.providers.port import Fetched

LIMIT = 100 * 1024 * 1024  # bytes; WhatsApp's largest documents
TIMEOUT = 60.0  # seconds for all of it

_REDIRECTIONS = 3
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_IN_MEMORY = 1024 * 1024  # bytes; more goes to a temporary file
_CHUNK = 64 * 1024
_ANSWER = 64 * 1024  # bytes of an answer that only says where the media is
_CONNECTING = 5.0
_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


def open_media_session(base_urls: Iterable[str], resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """A session that reaches public addresses only, and the hosts of the configured base URLs. Close it in the end."""
    own = [host for url in base_urls if (host := urlsplit(url).hostname)]
    connector = aiohttp.TCPConnector(
        limit=20, resolver=PublicResolver(resolver or aiohttp.ThreadedResolver(), own), use_dns_cache=False
    )
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


class MediaDownloader:
    """session: of `open_media_session`; it stays its owner's. timeout: seconds for one call of a method."""

    def __init__(self, session: aiohttp.ClientSession, reach: AllowedHosts, *, timeout: float = TIMEOUT) -> None:
        self._session = session
        self._reach = reach
        self._timeout = timeout

    async def answer(self, url: str, credentials: Mapping[str, str], *, limit: int = _ANSWER) -> bytes:
        """A small answer. credentials: headers, sent only where they may go. limit: bytes. Raises MediaFailed."""
        async with self._in_time(), self._opened(url, credentials) as response:
            body = bytearray()
            async for chunk in _chunks(response, limit):
                body += chunk
            return bytes(body)

    async def file(
        self, url: str, credentials: Mapping[str, str], *, limit: int, digest: str | None, mime_type: str = ""
    ) -> Fetched:
        """The media itself. digest: its SHA-256, in hex or base64, where the provider tells. Raises MediaFailed."""
        async with self._in_time(), self._opened(url, credentials) as response:
            file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - whoever gets it closes it
            try:
                size = await _store(response, file, limit, digest)
            except BaseException:
                file.close()
                raise
            return Fetched(file=file, mime_type=usable(mime_type or response.content_type), size=size)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError as error:
            raise MediaFailed(MediaReason.AWAY, "The media did not come in time.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise MediaFailed(MediaReason.AWAY, "The media could not be reached.") from error
        except ValueError as error:  # aiohttp refuses headers with line ends before it sends anything
            words = "The channel's credentials have characters that cannot be sent."
            raise MediaFailed(MediaReason.REFUSED, words) from error

    @asynccontextmanager
    async def _opened(self, url: str, credentials: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer at the end of at most three redirections, each to where media may be."""
        for _ in range(_REDIRECTIONS + 1):
            if not self._reach.allows(url):
                raise MediaFailed(MediaReason.ADDRESS, "The media lies at an address that is not the provider's.")
            headers = {"Accept-Encoding": "identity", "User-Agent": "parley"}
            if self._reach.gets_credentials(url):
                headers |= credentials
            timeout = aiohttp.ClientTimeout(connect=_CONNECTING)
            async with self._session.get(url, headers=headers, allow_redirects=False, timeout=timeout) as response:
                if response.status not in _REDIRECTED:
                    _expect_success(response.status)
                    yield response
                    return
                url = urljoin(url, response.headers.get("Location", ""))
        raise MediaFailed(MediaReason.ADDRESS, "The media's address leads on and on.")


async def _store(response: aiohttp.ClientResponse, file: IO[bytes], limit: int, digest: str | None) -> int:
    """The size. Raises MediaFailed."""
    if (response.content_length or 0) > limit:
        raise _too_large(limit)
    hashed, size = sha256(), 0
    async for chunk in _chunks(response, limit):
        hashed.update(chunk)
        size += len(chunk)
        if size > _IN_MEMORY:
            await asyncio.to_thread(file.write, chunk)
        else:
            file.write(chunk)
    if digest and not hmac.compare_digest(hashed.digest(), _digest(digest)):
        raise MediaFailed(MediaReason.ALTERED, "What came is not what the customer sent.")
    file.seek(0)
    return size


async def _chunks(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > limit:
            response.close()
            raise _too_large(limit)
        yield chunk


def _too_large(limit: int) -> MediaFailed:
    return MediaFailed(MediaReason.TOO_LARGE, f"The media is larger than {limit} bytes.")


def _digest(text: str) -> bytes:
    """A SHA-256 as bytes; empty, which fits nothing, when it is none."""
    try:
        return bytes.fromhex(text) if len(text) == 64 else b64decode(text, validate=True)
    except ValueError:
        return b""


def usable(mime_type: str) -> str:
    """Type and subtype without parameters."""
    bare = mime_type.partition(";")[0].strip().lower()
    return bare if _MIME_TYPE.fullmatch(bare) else "application/octet-stream"


def _expect_success(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in {401, 403}:
        raise MediaFailed(MediaReason.REFUSED, "The provider does not accept the channel's credentials.")
    if status == 429 or status >= 500:
        raise MediaFailed(MediaReason.AWAY, "The provider cannot give the media now.")
    raise MediaFailed(MediaReason.NOTHING_THERE, "The provider has no such media (any more).")
