"""The key under which a client is rate limited: its IPv4 address, or the /64 network of its IPv6 address."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from services.ingress.asgi import Scope

_NETWORK = 64  # bits: whoever has one address of such a network has all 2^64


def client_of(scope: Scope) -> str:
    """The client of a request, as `INGRESS_TRUSTED_PROXIES` has it believed."""
    client = scope.get("client")
    return counted_as(client[0]) if client else "unknown"


@lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """An address of IPv4 itself, also one within IPv6; of IPv6 its /64. What is no address stays as it is."""
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
