"""Names and attributes of the cookies."""

from datetime import timedelta

import pytest
from fastapi import Response

from services.console.auth import cookies


def set_cookies(url: str) -> list[str]:
    response = Response()
    names = cookies.names_for(url)
    cookies.set_session(response, names, "a", timedelta(days=14), "r")
    cookies.set_challenge(response, names, "c", timedelta(minutes=5))
    cookies.clear(response, names)
    return [value for name, value in response.headers.items() if name == "set-cookie"]


def test_cookies_over_https_have_prefixes_and_all_protections() -> None:
    found = set_cookies("https://console.example.com")
    assert found[0] == "__Host-parley=a; HttpOnly; Max-Age=1209600; Path=/; SameSite=strict; Secure"
    assert found[1] == (
        "__Secure-parley-refresh=r; HttpOnly; Max-Age=1209600; Path=/api/v1/auth/refresh; SameSite=strict; Secure"
    )
    assert len(found) == 6
    for one in found:
        assert "HttpOnly" in one
        assert "SameSite=strict" in one
        assert "Secure" in one
        assert "Domain" not in one


def test_cookies_over_plain_http_have_other_names() -> None:
    found = set_cookies("http://127.0.0.1:8090")
    assert found[0].startswith("parley-local=a; HttpOnly;")
    assert "Secure" not in "".join(found)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("127.8.8.8", True),
        ("console.example.com", False),
        ("10.0.0.7", False),
        ("localhost.example.com", False),
        ("127.0.0.1.evil", False),
        ("", False),
    ],
)
def test_host_of_this_machine_is_known(host: str, local: bool) -> None:
    assert cookies.is_loopback(host) is local
