"""Encryption of stored secrets: AES-256-GCM, `v1:key id:base64(nonce + ciphertext)`, bound to workspace and field.

A value that is moved to another workspace or field does not decrypt. Of the keys in SECRETS_KEY the first one encrypts
and all decrypt, so that a key can be rotated without downtime.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class SecretUnreadable(Exception):
    """Raised for a secret that does not decrypt: a wrong or missing key, or a value that was changed or moved."""


class Secrets:
    """Encrypts and decrypts. `keys`: 32 bytes each, by id; the first one encrypts."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._first = next(iter(self._ciphers))

    def encrypt(self, value: str, *, workspace: str, field: str) -> str:
        """Return the stored form of `value`."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._first].encrypt(nonce, value.encode(), _associated_data(workspace, field))
        return f"v1:{self._first}:{b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, *, workspace: str, field: str) -> str:
        """Return the value of a stored form. Raises SecretUnreadable."""
        version, key_id, encoded = ([*stored.split(":", 2), "", ""])[:3]
        cipher = self._ciphers.get(key_id)
        if version != "v1" or cipher is None:
            raise SecretUnreadable(f"{field} of {workspace}: encrypted with key `{key_id}`, which SECRETS_KEY lacks")
        try:
            sealed = b64decode(encoded, validate=True)
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _associated_data(workspace, field)).decode()
        except (InvalidTag, ValueError):
            raise SecretUnreadable(f"{field} of {workspace}: does not decrypt with key `{key_id}`") from None

    def is_current(self, stored: str) -> bool:
        """Return whether a stored form is encrypted with the first key."""
        return key_id_of(stored) == self._first

    def opens(self, stored: str, value: str, *, workspace: str, field: str) -> bool:
        """Return whether a stored form is encrypted with the first key and holds this value."""
        if not self.is_current(stored):
            return False
        try:
            return self.decrypt(stored, workspace=workspace, field=field) == value
        except SecretUnreadable:
            return False


def key_id_of(stored: str) -> str:
    """Return the id of the key of a stored form."""
    return [*stored.split(":", 2), "", ""][1]


def _associated_data(workspace: str, field: str) -> bytes:
    return f"{workspace}\x1f{field}".encode()
