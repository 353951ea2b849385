"""Where media may be fetched from. An address comes from outside, in a webhook, an answer or a redirection: it must not
lead into our own network, nor carry a credential to a stranger.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from shared.providers.errors import MediaFailed, MediaReason

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """base: the configured URL of the provider, believed as it is (http and private addresses too). trusted: hosts that
    get the channel's credentials; public: hosts that do not. One that begins with a dot stands for all below it.
    """

    base: str
    trusted: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()

    def check(self, url: str) -> None:
        """Raises MediaFailed when nothing is to be fetched from there."""
        parts = _parts(url)
        if parts is None or (not self._is_base(parts) and not _allows(self.trusted | self.public, parts)):
            raise MediaFailed(MediaReason.ADDRESS, "The media lies at an address that is not the provider's.")

    def gets_credentials(self, url: str) -> bool:
        """Whether a request to it may carry the channel's credentials."""
        parts = _parts(url)
        return parts is not None and (self._is_base(parts) or _allows(self.trusted, parts))

    def _is_base(self, parts: SplitResult) -> bool:
        base = _parts(self.base)
        return base is not None and _origin(base) == _origin(parts)


def _parts(url: str) -> SplitResult | None:
    """None for what no request can be made of, or hides something."""
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


_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("2002::/16"))  # stand for IPv4 addresses of any kind


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


class PublicResolver(AbstractResolver):
    """Finds public addresses only, at the moment of connecting, so that a name cannot lead elsewhere afterwards.

    own: hosts of configured base URLs, which may be anywhere.
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
        usable = [one for one in found if is_public(one["host"])]
        if not usable:
            raise OSError("no public address")
        return usable

    async def close(self) -> None:
        await self._resolver.close()
