"""Downloads media over HTTP: from allowed hosts only, with limits of size and time."""

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
from shared.http.names import OwnThreadResolver
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.port import FetchedMedia

LIMIT = 100 * 1024 * 1024  # bytes; WhatsApp's largest documents
TIMEOUT = 60.0  # seconds for a whole download

_MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_IN_MEMORY = 1024 * 1024  # bytes; more goes to a temporary file
_CHUNK = 64 * 1024
_MAX_RESPONSE = 64 * 1024  # bytes of a response that only has the media's address
_MAX_REFUSAL = 16 * 1024  # bytes that are read of an error response
_CONNECTING = 5.0
_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


def open_media_session(base_urls: Iterable[str], resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """Return a session, which the caller closes. It connects to public addresses and to the hosts of `base_urls`
    only."""
    own = [host for url in base_urls if (host := urlsplit(url).hostname)]
    connector = aiohttp.TCPConnector(
        limit=20, resolver=PublicResolver(resolver or OwnThreadResolver(per_owner=16), own), use_dns_cache=False
    )
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


class MediaDownloader:
    """Downloads from one provider. session: of `open_media_session`; not closed here. timeout: seconds per call."""

    def __init__(self, session: aiohttp.ClientSession, hosts: AllowedHosts, *, timeout: float = TIMEOUT) -> None:
        self._session = session
        self._hosts = hosts
        self._timeout = timeout

    async def answer(self, url: str, credentials: Mapping[str, str], *, limit: int = _MAX_RESPONSE) -> bytes:
        """Return a small response. credentials: headers, sent to trusted hosts only. limit: bytes. Raises
        MediaError."""
        async with self._limit_time(), self._open(url, credentials) as response:
            body = bytearray()
            async for chunk in _chunks(response, limit):
                body += chunk
            return bytes(body)

    async def file(
        self, url: str, credentials: Mapping[str, str], *, limit: int, digest: str | None, mime_type: str = ""
    ) -> FetchedMedia:
        """Return the media. digest: its SHA-256 in hex or base64, if the provider gives it. Raises MediaError."""
        async with self._limit_time(), self._open(url, credentials) as response:
            file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
            try:
                size = await _store(response, file, limit, digest)
            except BaseException:
                file.close()
                raise
            return FetchedMedia(file=file, mime_type=bare_mime_type(mime_type or response.content_type), size=size)

    @asynccontextmanager
    async def _limit_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError as error:
            raise MediaError(MediaErrorReason.AWAY, "The media did not come in time.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise MediaError(MediaErrorReason.AWAY, "The media could not be reached.") from error
        except ValueError as error:  # aiohttp refuses headers with line ends before it sends anything
            text = "The channel's credentials have characters that cannot be sent."
            raise MediaError(MediaErrorReason.REFUSED, text) from error

    @asynccontextmanager
    async def _open(self, url: str, credentials: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield the response after at most three redirects, each to an allowed host."""
        for _ in range(_MAX_REDIRECTS + 1):
            if not self._hosts.allows(url):
                raise MediaError(MediaErrorReason.ADDRESS, "The media lies at an address that is not the provider's.")
            headers = {"Accept-Encoding": "identity", "User-Agent": "parley"}
            if self._hosts.may_get_credentials(url):
                headers |= credentials
            timeout = aiohttp.ClientTimeout(connect=_CONNECTING)
            async with self._session.get(url, headers=headers, allow_redirects=False, timeout=timeout) as response:
                if response.status not in _REDIRECTS:
                    await _expect_success(response)
                    yield response
                    return
                url = urljoin(url, response.headers.get("Location", ""))
        raise MediaError(MediaErrorReason.ADDRESS, "The media's address redirects too often.")


async def _store(response: aiohttp.ClientResponse, file: IO[bytes], limit: int, digest: str | None) -> int:
    """Write the response to the file and return its size. Raises MediaError."""
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
        raise MediaError(MediaErrorReason.ALTERED, "The downloaded file is not the one that the customer sent.")
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


def _too_large(limit: int) -> MediaError:
    return MediaError(MediaErrorReason.TOO_LARGE, f"The media is larger than {limit} bytes.")


def _digest(text: str) -> bytes:
    """Return a SHA-256 as bytes; empty, which matches nothing, if it is none."""
    try:
        return bytes.fromhex(text) if len(text) == 64 else b64decode(text, validate=True)
    except ValueError:
        return b""


def bare_mime_type(mime_type: str) -> str:
    """Return type and subtype without parameters."""
    bare = mime_type.partition(";")[0].strip().lower()
    return bare if _MIME_TYPE.fullmatch(bare) else "application/octet-stream"


async def _expect_success(response: aiohttp.ClientResponse) -> None:
    """Raise MediaError, with the beginning of the answer, unless the request succeeded."""
    status = response.status
    if 200 <= status < 300:
        return
    if status in {401, 403}:
        reason, text = MediaErrorReason.REFUSED, "The provider does not accept the channel's credentials."
    elif status == 429 or status >= 500:
        reason, text = MediaErrorReason.AWAY, "The provider cannot give the media now."
    else:
        reason, text = MediaErrorReason.NOTHING_THERE, "The provider has no such media (any more)."
    raise MediaError(reason, text, status=status, body=await _beginning(response))


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Return at most `_MAX_REFUSAL` bytes of the body; it may come in several parts."""
    body = bytearray()
    async for part in response.content.iter_chunked(_MAX_REFUSAL):
        body += part
        if len(body) >= _MAX_REFUSAL:
            break
    return bytes(body[:_MAX_REFUSAL])
