"""The addresses that may be called, and the hosts that get credentials."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from shared.http.addresses import AllowedHosts, PublicResolver, is_public

META = AllowedHosts(
    base="https://graph.facebook.com", trusted=frozenset({"lookaside.fbsbx.com"}), public=frozenset({".fbcdn.net"})
)
LOCAL = AllowedHosts(base="http://127.0.0.1:8099/meta", trusted=frozenset({"lookaside.fbsbx.com"}))

ALLOWED: list[tuple[str, AllowedHosts, str, bool]] = [
    ("the configured host", META, "https://graph.facebook.com/v24.0/1", True),
    ("the configured host in capitals", META, "https://GRAPH.facebook.com:443/v24.0/1", True),
    ("a media host that gets the token", META, "https://lookaside.fbsbx.com/a?mid=1", True),
    ("a media host without the token", META, "https://scontent.xx.fbcdn.net/a.jpg", False),
    ("a configured host of a developer", LOCAL, "http://127.0.0.1:8099/meta/_media/1", True),
]
REFUSED: list[tuple[str, AllowedHosts, str]] = [
    ("an unrelated host", META, "https://evil.example/a"),
    ("the host as a subdomain of another", META, "https://lookaside.fbsbx.com.evil.example/a"),
    ("a host with the same suffix", META, "https://notfbcdn.net/a"),
    ("the bare domain", META, "https://fbcdn.net/a"),
    ("plain http", META, "http://lookaside.fbsbx.com/a"),
    ("another port", META, "https://lookaside.fbsbx.com:8443/a"),
    ("a loopback address", META, "http://127.0.0.1/a"),
    ("metadata of a cloud", META, "http://169.254.169.254/latest/meta-data"),
    ("an address in brackets", META, "https://[::1]/a"),
    ("a user before the host", META, "https://graph.facebook.com@evil.example/a"),
    ("an empty user", META, "https://@lookaside.fbsbx.com/a"),
    ("a backslash", META, "https://evil.example\\@lookaside.fbsbx.com/a"),
    ("a line end", META, "https://lookaside.fbsbx.com/\r\na"),
    ("a file", META, "file:///etc/passwd"),
    ("no host", META, "https:///a"),
    ("nothing", META, ""),
    ("no port that exists", META, "https://lookaside.fbsbx.com:99999/a"),
    ("broken", META, "https://[lookaside.fbsbx.com/a"),
    ("another port of the developer's host", LOCAL, "http://127.0.0.1:6379/meta"),
    ("the developer's host by TLS", LOCAL, "https://127.0.0.1:8099/meta"),
]


@pytest.mark.parametrize(("hosts", "url", "trusted"), [c[1:] for c in ALLOWED], ids=[c[0] for c in ALLOWED])
def test_address_of_the_provider_is_allowed(hosts: AllowedHosts, url: str, trusted: bool) -> None:
    assert hosts.allows(url)
    assert hosts.may_get_credentials(url) is trusted


@pytest.mark.parametrize(("hosts", "url"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_other_address_is_refused(hosts: AllowedHosts, url: str) -> None:
    assert not hosts.allows(url)
    assert not hosts.may_get_credentials(url)


ADDRESSES = [
    ("157.240.1.1", True),
    ("2a03:2880:f10c:83:face:b00c:0:25de", True),
    ("127.0.0.1", False),
    ("10.1.2.3", False),
    ("172.16.0.1", False),
    ("192.168.1.1", False),
    ("169.254.169.254", False),
    ("100.64.0.1", False),
    ("0.0.0.0", False),  # noqa: S104 - nothing is bound
    ("224.0.0.1", False),
    ("::1", False),
    ("fe80::1%eth0", False),
    ("fd00::1", False),
    ("::ffff:127.0.0.1", False),
    ("::ffff:157.240.1.1", True),
    ("64:ff9b::7f00:1", False),
    ("2002:7f00:1::", False),
    ("2606:4700:4700::1111", True),
    ("2001:4860:4860::8888", True),
    ("2001:200::1", True),
    ("3f00::1", True),
    ("fec0::1", False),  # site-local
    ("feff:ffff::1", False),
    ("64:ff9b:1::1", False),  # local translation to IPv4
    ("64:ff9b:1:ffff::a00:1", False),
    ("::7f00:1", False),  # IPv4-compatible: 127.0.0.1
    ("::a9fe:a9fe", False),
    ("::", False),
    ("5f00::1", False),  # segment identifiers
    ("5fff::1", False),
    ("100::1", False),  # discarded
    ("1::1", False),  # not assigned
    ("4000::1", False),
    ("fc00::1", False),
    ("fd00:ec2::254", False),  # metadata of AWS
    ("ff02::1", False),
    ("ff0e::1", False),
    ("2001::a9fe:a9fe", False),  # Teredo
    ("2001:1::1", False),
    ("2001:2::1", False),  # benchmarks
    ("2001:10::1", False),  # ORCHID
    ("2001:20::1", False),
    ("2001:1ff:ffff::1", False),
    ("2001:db8::1", False),
    ("2002:a9fe:a9fe::1", False),  # 6to4: 169.254.169.254
    ("3fff:fff::1", False),
    ("3ffe::1", False),
    ("2620:4f:8000::1", False),
    ("::ffff:169.254.169.254", False),
    ("::ffff:0:7f00:1", False),  # SIIT
    ("::ffff:8.8.8.8", True),
    ("8.8.8.8", True),
    ("192.0.0.192", False),
    ("192.31.196.1", False),
    ("192.52.193.1", False),
    ("192.88.99.1", False),
    ("192.175.48.1", False),
    ("198.18.0.1", False),
    ("198.19.255.254", False),
    ("198.51.100.1", False),
    ("203.0.113.1", False),
    ("239.255.255.255", False),
    ("240.0.0.1", False),
    ("255.255.255.255", False),
    ("100.100.100.200", False),  # metadata of Alibaba
    ("168.63.129.16", False),  # the host of a machine in Azure
    ("168.63.129.17", True),
]


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_only_public_addresses_are_allowed(address: str, expected: bool) -> None:
    assert is_public(address) is expected


class Names(AbstractResolver):
    """A resolver with given addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


async def test_name_resolves_to_public_addresses_only() -> None:
    found = await PublicResolver(Names("10.0.0.1", "157.240.1.1"), []).resolve("lookaside.fbsbx.com", 443)
    assert [address["host"] for address in found] == ["157.240.1.1"]
    with pytest.raises(OSError, match="no public address"):
        await PublicResolver(Names("10.0.0.1"), []).resolve("lookaside.fbsbx.com", 443)


async def test_configured_host_may_have_a_private_address() -> None:
    resolver = PublicResolver(Names("10.0.0.1"), ["Simulators.local"])
    assert len(await resolver.resolve("simulators.LOCAL", 80)) == 1
