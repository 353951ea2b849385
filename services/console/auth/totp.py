"""Time-based one-time passwords (RFC 6238) with HMAC-SHA-1, six digits and 30 seconds, as all authenticator apps know;
and recovery codes.
"""

import hmac
import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from hashlib import sha1, sha256
from urllib.parse import quote, urlencode

DIGITS = 6
STEP = 30  # seconds
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_TOLERATED = 1  # steps that a phone's clock may be off
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without characters that look alike
_RECOVERY_LENGTH = 12


def new_secret() -> str:
    """Return a secret in the form in which apps accept it."""
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.new(b32decode(secret), step.to_bytes(8), sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_of(at: datetime) -> int:
    """Return the time step of a moment."""
    return int(at.timestamp()) // STEP


def accepted_step(secret: str, code: str, at: datetime, last: int) -> int | None:
    """Return the step whose code this is, if it is near and later than `last`, the last used one; otherwise None."""
    now = step_of(at)
    given = code.strip().replace(" ", "").encode()
    for step in range(now - _TOLERATED, now + _TOLERATED + 1):
        if step > last and hmac.compare_digest(code_at(secret, step).encode(), given):
            return step
    return None


def uri(secret: str, account: str, issuer: str) -> str:
    """Return the address that apps read from a QR code."""
    label = f"{quote(issuer)}:{quote(account)}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer, 'digits': DIGITS, 'period': STEP})}"


def new_recovery_codes() -> list[str]:
    """Return codes, each of which replaces one code of the app, once."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Return the stored form of a recovery code, however it is spaced. It has 59 random bits: no slow hash is needed,
    as guessing is throttled, and whoever reads the database still lacks the password.
    """
    plain = "".join(character for character in code.casefold() if character in _ALPHABET)
    return sha256(plain.encode()).hexdigest()


def _recovery_code() -> str:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH))
    return "-".join(code[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4))
