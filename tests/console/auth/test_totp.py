"""Codes of authenticator apps: the vectors of RFC 6238, tolerance, and no code twice."""

from base64 import b32encode
from datetime import UTC, datetime

import pytest

from services.console.auth.totp import (
    RECOVERY_CODES,
    accepted_step,
    code_at,
    new_recovery_codes,
    new_secret,
    recovery_digest,
    step_of,
    uri,
)

SECRET = b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, step_of(at), digits=8) == code


@pytest.mark.parametrize(("off", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_of_the_phone_may_be_one_step_off(off: int, accepted: bool) -> None:
    step = step_of(NOW) + off
    assert accepted_step(SECRET, code_at(SECRET, step), NOW, 0) == (step if accepted else None)


def test_used_or_older_code_is_refused() -> None:
    step = step_of(NOW)
    assert accepted_step(SECRET, code_at(SECRET, step), NOW, step) is None
    assert accepted_step(SECRET, code_at(SECRET, step - 1), NOW, step) is None


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "000000000000", "\x00"])
def test_text_that_is_no_code_is_refused(code: str) -> None:
    assert accepted_step(SECRET, code, NOW, 0) is None


def test_recovery_codes_differ_and_may_be_written_in_any_form() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert recovery_digest(codes[0].upper().replace("-", " ")) == recovery_digest(codes[0])
    assert recovery_digest(codes[0]) != recovery_digest(codes[1])


def test_address_for_the_qr_code_has_the_secret() -> None:
    secret = new_secret()
    assert uri(secret, "ada@example.com", "Parley") == (
        f"otpauth://totp/Parley:ada%40example.com?secret={secret}&issuer=Parley&digits=6&period=30"
    )
