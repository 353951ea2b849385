"""The connections to a vendor, in many small pools: a pool looks at each of its connections at the beginning and at the
end of every request, which with five hundred calls of some seconds under way costs more than the calls do.
"""

from itertools import cycle

import httpx2

_POOLS = 16
# In each pool; requests take the pools in turn, so that all fill alike.
_CONNECTIONS = 125
_KEPT_ALIVE = 8  # idle ones; more are opened when needed


class Pools(httpx2.AsyncBaseTransport):
    """A transport for `httpx2.AsyncClient`. Proxies of the environment are not used."""

    def __init__(self) -> None:
        limits = httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_KEPT_ALIVE)
        tls = httpx2.create_ssl_context(trust_env=False)  # one for all: it holds every authority's certificate
        self._pools = [httpx2.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits) for _ in range(_POOLS)]
        self._next = cycle(self._pools)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See the port."""
        return await next(self._next).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools:
            await pool.aclose()
