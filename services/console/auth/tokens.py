"""Signed tokens (JWT, EdDSA only): the access token of a session, the challenge between password and second factor, and
the mark of a browser in which a person has signed in before.

Roles are not in them: a token says only which session it belongs to, and the session is looked up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt

from services.console.auth.signing_keys import SigningKeys
from shared.clock import Clock

ACCESS = timedelta(minutes=10)
CHALLENGE = timedelta(minutes=5)
KNOWN_BROWSER = timedelta(days=180)
_ISSUER = "parley"
_AUDIENCE = "parley-console"
_ALGORITHM = "EdDSA"
_CLOCK_SKEW = timedelta(seconds=30)  # between replicas
_REQUIRED = ("iss", "aud", "sub", "sid", "iat", "exp")
_LONGEST = 2000


class TokenType(StrEnum):
    """The `typ` of a token: one of a type is never accepted as one of the other."""

    ACCESS = "parley-access+jwt"
    CHALLENGE = "parley-challenge+jwt"
    KNOWN_BROWSER = "parley-known-browser+jwt"


_LIFETIMES = {TokenType.ACCESS: ACCESS, TokenType.CHALLENGE: CHALLENGE, TokenType.KNOWN_BROWSER: KNOWN_BROWSER}


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of a token. user: `sub`; of a known browser: a digest of the account's e-mail address. session:
    `sid`, the session's id; of a challenge: what binds it to the password that was given; of a known browser: a random
    id.
    """

    user: str
    session: str


class Tokens:
    """Issues and verifies tokens."""

    def __init__(self, keys: SigningKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, claims: Claims, type_: TokenType = TokenType.ACCESS) -> str:
        """Return a new token."""
        now = self._clock.now()
        payload = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": claims.user,
            "sid": claims.session,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIMES[type_]).timestamp()),
        }
        headers = {"kid": self._keys.kid, "typ": type_.value}
        return jwt.encode(payload, self._keys.private, algorithm=_ALGORITHM, headers=headers)

    def verify(self, token: str, type_: TokenType = TokenType.ACCESS, *, ended: bool = False) -> Claims | None:
        """Return the claims of a token that we issued and that has not ended; otherwise None. ended: or that has."""
        if not token or len(token) > _LONGEST:
            return None
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.public(str(header.get("kid")))
            if key is None or header.get("typ") != type_.value:
                return None
            payload = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                # Our own clock decides about times, below.
                options={"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "strict_aud": True},
            )
        except jwt.InvalidTokenError:
            return None
        if not ended and not _is_current(payload, self._clock.now(), _LIFETIMES[type_]):
            return None
        return _claims(payload)


def _is_current(payload: dict[str, Any], now: datetime, lifetime: timedelta) -> bool:
    issued, ends = payload["iat"], payload["exp"]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in (issued, ends)):
        return False
    moment, skew = now.timestamp(), _CLOCK_SKEW.total_seconds()
    return bool(issued - skew <= moment < ends and ends - issued <= lifetime.total_seconds())


def _claims(payload: dict[str, Any]) -> Claims | None:
    user, session = payload["sub"], payload["sid"]
    return Claims(user, session) if isinstance(user, str) and isinstance(session, str) else None
