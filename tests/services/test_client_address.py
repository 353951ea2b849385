"""The rate-limit key of a client."""

import pytest

from shared.http.client_address import client_of, rate_limit_key

CASES = [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("no:address", "no:address"),
    ("", ""),
]


@pytest.mark.parametrize(("address", "counted"), CASES)
def test_ipv6_is_limited_by_its_prefix_of_64_bits(address: str, counted: str) -> None:
    assert rate_limit_key(address) == counted


def test_clients_without_an_address_share_a_limit() -> None:
    assert client_of({}) == "unknown"
    assert client_of({"client": ("2001:db8::9", 4711)}) == "2001:db8::/64"
