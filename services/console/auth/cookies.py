"""The cookies of a session, and the one of a browser that is known after it. Over https their names have prefixes that
browsers enforce (`__Host-`, `__Secure-`).

Over plain http, on this machine (`make run`) or with CONSOLE_INSECURE, browsers would refuse these: the cookies have
other names there, without `Secure`. A console with https never reads those, because a subdomain can plant them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

from fastapi import Response

REFRESH_PATH = "/api/v1/auth/refresh"
_CHALLENGE_PATH = "/api/v1/auth/second-factor"
_KNOWN_PATH = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class CookieNames:
    """The names over https or plain http."""

    access: str
    refresh: str
    challenge: str
    known: str
    secure: bool

    def read(self, cookies: Mapping[str, str], name: str) -> str:
        """Return the value of `access`, `refresh`, `challenge` or `known`; empty: there is none."""
        return cookies.get(getattr(self, name), "")


SECURE = CookieNames(
    "__Host-parley", "__Secure-parley-refresh", "__Secure-parley-challenge", "__Secure-parley-known", secure=True
)
PLAIN = CookieNames(
    "parley-local", "parley-local-refresh", "parley-local-challenge", "parley-local-known", secure=False
)


def names_for(url: str) -> CookieNames:
    """Return the names of the cookies. url: the console's address for people (CONSOLE_URL)."""
    return SECURE if url.startswith("https://") else PLAIN


def is_loopback(host: str) -> bool:
    """Return whether a host of a URL is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def set_session(response: Response, names: CookieNames, access: str, lifetime: timedelta, refresh: str = "") -> None:
    """Set the access token and, if it changed, the refresh token. lifetime: until the session's absolute end."""
    seconds = int(lifetime.total_seconds())
    _set(response, names.access, access, "/", seconds, secure=names.secure)
    if refresh:
        _set(response, names.refresh, refresh, REFRESH_PATH, seconds, secure=names.secure)


def set_challenge(response: Response, names: CookieNames, challenge: str, lifetime: timedelta) -> None:
    """Set the challenge that the second factor answers."""
    _set(response, names.challenge, challenge, _CHALLENGE_PATH, int(lifetime.total_seconds()), secure=names.secure)


def set_known(response: Response, names: CookieNames, known: str, lifetime: timedelta) -> None:
    """Set the mark of a browser in which the person has signed in. Signing out leaves it."""
    _set(response, names.known, known, _KNOWN_PATH, int(lifetime.total_seconds()), secure=names.secure)


def clear(response: Response, names: CookieNames) -> None:
    """Remove the cookies of the session."""
    paths = {names.access: "/", names.refresh: REFRESH_PATH, names.challenge: _CHALLENGE_PATH}
    for name, path in paths.items():
        _set(response, name, "", path, 0, secure=names.secure)


def _set(response: Response, name: str, value: str, path: str, seconds: int, *, secure: bool) -> None:
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="strict")
