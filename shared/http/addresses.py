"""The addresses that Parley may call when others choose them, in a webhook, a response or a redirect: never our own
network, and never with credentials to other hosts than the provider's.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHosts:
    """The hosts of a provider. base: its configured URL, always allowed (also http and private addresses). trusted:
    hosts that get the channel's credentials; public: hosts that do not. A leading dot allows all subdomains.
    """

    base: str
    trusted: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Return whether the URL may be called."""
        parts = _parts(url)
        return parts is not None and (self._is_base(parts) or _allows(self.trusted | self.public, parts))

    def may_get_credentials(self, url: str) -> bool:
        """Return whether a request to the URL may carry the channel's credentials."""
        parts = _parts(url)
        return parts is not None and (self._is_base(parts) or _allows(self.trusted, parts))

    def _is_base(self, parts: SplitResult) -> bool:
        base = _parts(self.base)
        return base is not None and _origin(base) == _origin(parts)


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an http(s) URL; None if it is none, or has credentials, backslashes or unprintable
    characters."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        return None
    suspect = parts.username is not None or "\\" in url or any(c.isspace() or not c.isprintable() for c in url)
    return parts if usable and not suspect else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]


def _allows(hosts: Iterable[str], parts: SplitResult) -> bool:
    scheme, host, port = _origin(parts)
    known = any(host.endswith(known) if known.startswith(".") else host == known for known in hosts)
    return known and scheme == "https" and port == _PORTS[scheme]


_GLOBAL_IPV6 = ip_network("2000::/3")
"""The part of IPv6 that is assigned to the public internet. Outside are loopback, link-local, site-local (fec0::/10),
unique local and multicast addresses, segment identifiers (5f00::/16), and forms of IPv4 addresses: 64:ff9b::/96,
64:ff9b:1::/48, ::/96.
"""

_SPECIAL = tuple(
    map(
        ip_network,
        (
            # IANA's IPv4 Special-Purpose Address Registry, multicast (224/4) and reserved (240/4).
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # a service of Azure on the machine's own host
            # IANA's IPv6 registry, as far as it lies in 2000::/3: Teredo, benchmarks, ORCHID and others; documentation;
            # 6to4, which stands for any IPv4 address; AS112; documentation again. 3ffe::/16 was returned.
            *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16"),
        ),
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet. Raises ValueError if it is no address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _GLOBAL_IPV6:
            return False
    return not any(ip in network for network in _SPECIAL)


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, for each connection, so that a later DNS change cannot lead elsewhere.

    own: hosts of configured base URLs, which may have any address.
    """

    def __init__(self, resolver: AbstractResolver, own: Iterable[str]) -> None:
        self._resolver = resolver
        self._own = {host.lower() for host in own}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host.lower() in self._own:
            return found
        usable = [address for address in found if is_public(address["host"])]
        if not usable:
            raise OSError("no public address")
        return usable

    async def close(self) -> None:
        await self._resolver.close()
