"""The connections to a vendor: aiohttp's client under httpx2's, which the SDK wants. With hundreds of calls under way
httpx2's own connections cost more than all else that we do for a call: they are plain Python, and look at each other at
the beginning and at the end of every request.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2

_CONNECTIONS = 2000
_KEPT_ALIVE = 30.0  # seconds for which an idle one is kept


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """A transport for `httpx2.AsyncClient`. Its errors are httpx2's. Proxies of the environment are not used."""

    def __init__(self) -> None:
        self._made: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See the port. Honours the request's time-outs: to connect (with the wait for a free place), and of a read."""
        body = await request.aread()
        with _as_httpx2(request):
            response = await self._session().request(
                request.method,
                str(request.url),
                data=body,
                headers=request.headers.multi_items(),
                timeout=_timeout(request),
                allow_redirects=False,
            )
        return httpx2.Response(response.status, headers=response.raw_headers, stream=_Body(response, request))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.close()

    def _session(self) -> aiohttp.ClientSession:
        """It belongs to a running loop, so it is not made before there is one."""
        if self._made is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_ALIVE)
            self._made = aiohttp.ClientSession(
                connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._made


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse, request: httpx2.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx2(self._request):
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        """The connection is used again if the body was read to its end."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


def _timeout(request: httpx2.Request) -> aiohttp.ClientTimeout:
    limits = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(
        total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
    )


@contextmanager
def _as_httpx2(request: httpx2.Request) -> Iterator[None]:
    """The kind of failure decides whether a call can have cost something: not if there was no connection."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error), request=request) from error
    except TimeoutError as error:
        raise httpx2.ReadTimeout(str(error), request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error), request=request) from error
    except aiohttp.InvalidURL as error:
        raise httpx2.UnsupportedProtocol(str(error), request=request) from error
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientResponseError) as error:
        raise httpx2.RemoteProtocolError(str(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError(str(error), request=request) from error
    except ValueError as error:  # a header with characters that none may have
        raise httpx2.LocalProtocolError(str(error), request=request) from error
