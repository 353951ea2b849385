"""Access tokens: what is accepted, and every forgery that is refused."""

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.console.auth.signing_keys import SigningKeys
from services.console.auth.tokens import ACCESS, Claims, Tokens, TokenType
from shared.clock import FixedClock

KEYS = SigningKeys({"k2": b"2" * 32, "k1": b"1" * 32})
CLAIMS = Claims("ada", "s1")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))


@pytest.fixture
def tokens(clock: FixedClock) -> Tokens:
    return Tokens(KEYS, clock)


def payload(clock: FixedClock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    made = {"iss": "parley", "aud": "parley-console", "sub": "ada", "sid": "s1", "iat": now, "exp": now + 600}
    return {name: value for name, value in (made | changes).items() if value is not None}


def signed(payload: dict[str, Any], *, keys: SigningKeys = KEYS, **headers: Any) -> str:
    wanted = {"kid": "k2", "typ": TokenType.ACCESS.value, **headers}
    given = {name: value for name, value in wanted.items() if value is not None}
    return jwt.encode(payload, keys.private, algorithm="EdDSA", headers=given)


def unsigned(payload: dict[str, Any], algorithm: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': algorithm, 'kid': 'k2', 'typ': TokenType.ACCESS.value})}.{part(payload)}."


def with_public_key_as_secret(payload: dict[str, Any]) -> str:
    public = KEYS.public("k2")
    assert public is not None
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    head = unsigned(payload, "HS256").rstrip(".")
    tag = hmac.new(raw, head.encode(), sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(tag).decode().rstrip('=')}"


def test_token_is_accepted_until_its_end(tokens: Tokens, clock: FixedClock) -> None:
    token = tokens.issue(CLAIMS)
    assert tokens.verify(token) == CLAIMS
    clock.advance(ACCESS.total_seconds() - 1)
    assert tokens.verify(token) == CLAIMS
    clock.advance(1)
    assert tokens.verify(token) is None
    assert tokens.verify(token, ended=True) == CLAIMS, "to sign out"


def test_token_names_its_key_and_holds_no_role(tokens: Tokens) -> None:
    token = tokens.issue(CLAIMS)
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "k2", "typ": "parley-access+jwt"}
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp"}


def test_token_of_the_key_before_is_accepted_while_it_is_configured(clock: FixedClock) -> None:
    before = Tokens(SigningKeys({"k1": b"1" * 32}), clock).issue(CLAIMS)
    assert Tokens(KEYS, clock).verify(before) == CLAIMS
    assert Tokens(SigningKeys({"k2": b"2" * 32}), clock).verify(before) is None


def test_other_replica_may_be_some_seconds_ahead(tokens: Tokens, clock: FixedClock) -> None:
    token = tokens.issue(CLAIMS)
    clock.advance(-20)
    assert tokens.verify(token) == CLAIMS


FORGERIES: dict[str, Any] = {
    "algorithm none": lambda clock: unsigned(payload(clock), "none"),
    "algorithm None": lambda clock: unsigned(payload(clock), "None"),
    "HS256 with the public key as secret": lambda clock: with_public_key_as_secret(payload(clock)),
    "signed with another key": lambda clock: signed(payload(clock), keys=SigningKeys({"k2": b"3" * 32})),
    "unknown kid": lambda clock: signed(payload(clock), kid="k9"),
    "no kid": lambda clock: signed(payload(clock), kid=None),
    "kid of another of our keys": lambda clock: signed(payload(clock), kid="k1"),
    "kid that is no text": lambda clock: signed(payload(clock), kid="../../dev/null"),
    "another type": lambda clock: signed(payload(clock), typ=TokenType.CHALLENGE.value),
    "generic type": lambda clock: signed(payload(clock), typ="JWT"),
    "another audience": lambda clock: signed(payload(clock, aud="other")),
    "several audiences": lambda clock: signed(payload(clock, aud=["parley-console", "other"])),
    "another issuer": lambda clock: signed(payload(clock, iss="evil")),
    "no audience": lambda clock: signed(payload(clock, aud=None)),
    "no end": lambda clock: signed(payload(clock, exp=None)),
    "no session": lambda clock: signed(payload(clock, sid=None)),
    "session that is no text": lambda clock: signed(payload(clock, sid={"$ne": ""})),
    "no start": lambda clock: signed(payload(clock, iat=None)),
    "expired": lambda clock: signed(payload(clock, exp=payload(clock)["iat"], iat=payload(clock)["iat"] - 600)),
    "from the future": lambda clock: signed(
        payload(clock, iat=payload(clock)["iat"] + 3600, exp=payload(clock)["iat"] + 4200)
    ),
    "too long a life": lambda clock: signed(payload(clock, exp=payload(clock)["iat"] + 86_400)),
    "end that is no number": lambda clock: signed(payload(clock, exp="9999999999")),
    "end that is true": lambda clock: signed(payload(clock, exp=True)),
    "no token": lambda clock: "",
    "no JWT": lambda clock: "a.b.c",
    "very long": lambda clock: "a" * 1_000_000,
    "null bytes": lambda clock: "\x00" * 20,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_forged_token_is_refused(tokens: Tokens, clock: FixedClock, forge: Any) -> None:
    assert tokens.verify(signed(payload(clock))) == CLAIMS, "the test's own token is right"
    assert tokens.verify(forge(clock)) is None


def test_changed_token_is_refused(tokens: Tokens) -> None:
    head, body, signature = tokens.issue(CLAIMS).split(".")
    other = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b"ada", b"eve")).decode().rstrip("=")
    assert tokens.verify(f"{head}.{other}.{signature}") is None
    assert tokens.verify(f"{head}.{body}.") is None


def test_challenge_is_no_access_token_and_ends_sooner(tokens: Tokens, clock: FixedClock) -> None:
    challenge = tokens.issue(CLAIMS, TokenType.CHALLENGE)
    assert tokens.verify(challenge) is None
    assert tokens.verify(challenge, TokenType.CHALLENGE) == CLAIMS
    assert tokens.verify(tokens.issue(CLAIMS), TokenType.CHALLENGE) is None
    clock.advance(300)
    assert tokens.verify(challenge, TokenType.CHALLENGE) is None


def test_following_refresh_token_is_the_same_for_both_of_two_requests() -> None:
    assert KEYS.following(b"a") == KEYS.following(b"a") != KEYS.following(b"b")
    assert KEYS.following(b"a") != SigningKeys({"k1": b"1" * 32}).following(b"a")
