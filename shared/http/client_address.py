"""The key under which a client is rate limited: its IPv4 address, or the /64 network of its IPv6 address."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from shared.http.asgi import Scope

_NETWORK = 64  # bits: the owner of one address of such a network has all 2^64


def client_of(scope: Scope) -> str:
    """Return the key of a request's client; `X-Forwarded-For` counts behind `INGRESS_TRUSTED_PROXIES`."""
    client = scope.get("client")
    return rate_limit_key(client[0]) if client else "unknown"


@lru_cache(maxsize=4096)
def rate_limit_key(address: str) -> str:
    """Return an IPv4 address itself, also if mapped into IPv6; the /64 of an IPv6 address; other text unchanged."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _NETWORK), strict=False))
