"""Names and attributes of the cookies."""

from datetime import timedelta

import pytest
from fastapi import Response

from services.console.auth import cookies


def set_cookies(scheme: str, host: str) -> list[str]:
    response = Response()
    names = cookies.names_for(scheme, host, insecure=False)
    cookies.set_session(response, names, "a", timedelta(days=14), "r")
    cookies.set_challenge(response, names, "c", timedelta(minutes=5))
    cookies.clear(response, names)
    return [value for name, value in response.headers.items() if name == "set-cookie"]


def test_cookies_over_https_have_prefixes_and_all_protections() -> None:
    found = set_cookies("https", "console.example.com")
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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_cookies_on_this_machine_have_no_prefix(host: str) -> None:
    found = set_cookies("http", host)
    assert found[0].startswith("parley-local=a; HttpOnly;")
    assert "Secure" not in "".join(found)


@pytest.mark.parametrize("host", ["console.example.com", "10.0.0.7", "localhost.example.com", "127.0.0.1.evil", ""])
def test_plain_http_from_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(cookies.PlainHttpRefused):
        cookies.names_for("http", host, insecure=False)
    assert cookies.names_for("http", host, insecure=True) is cookies.PLAIN
