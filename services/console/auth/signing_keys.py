"""The Ed25519 keys that sign tokens, derived from 32 secret bytes each: the first one signs, all verify.

They come from CONSOLE_SIGNING_KEYS or, without it, from SECRETS_KEY by HKDF (RFC 5869). Rotation: put a new key in
front; remove the old one when the tokens that it signed have ended.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SigningKeys:
    """The keys that sign and verify tokens. kid: the id of the key that signs. keys: 32 bytes each, by id
    (`Settings.secret_keys`).
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._private = {kid: Ed25519PrivateKey.from_private_bytes(_derived(key, "token")) for kid, key in keys.items()}
        self.kid = next(iter(self._private))
        self._refresh = _derived(keys[self.kid], "refresh")

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return self._private[self.kid]

    def public(self, kid: str) -> Ed25519PublicKey | None:
        """Return the key that verifies what the key `kid` signed."""
        found = self._private.get(kid)
        return found.public_key() if found else None

    def following(self, refresh: bytes) -> bytes:
        """Return the secret of the refresh token after this one: 32 bytes that only the holder of the key can tell.

        Two requests with the same token at the same moment get the same following one, so that neither is lost.
        """
        return hmac.new(self._refresh, refresh, sha256).digest()


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"parley console {purpose}".encode()).derive(key)
