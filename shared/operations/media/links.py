"""Addresses from which providers fetch our uploaded files: `/m/<token>` of PUBLIC_BASE_URL. Pure.

The token names the workspace, the file and an end, and is signed: nobody can make one up or use it for another file.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.messages.inbound import Provider
from shared.messages.outbound import Body, MediaBody
from shared.settings import Settings

PREFIX = "/m/"
UPLOADED = "upload:"
"""Begins the `media_id` of a file that was uploaded to us."""

_COPY = "copy:"  # begins the id of our copy of a file that a provider has

FOR_PROVIDERS = timedelta(hours=1)
FOR_CUSTOMERS = timedelta(days=7)
"""MSG91 sends the address itself to the customer, who opens it later. A file is kept as long if it is not sent, and at
least as long if it is."""

_SHOWN_TO_CUSTOMERS = frozenset({Provider.MSG91})
_TAG = 16  # bytes
_LONGEST = 500  # characters


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a token names."""

    workspace: str
    id: str


class _Claim(msgspec.Struct, frozen=True, array_like=True):
    kind: Literal["file"]
    workspace: str
    id: str
    ends: int


def stored_id(media_id: str) -> str:
    """Return the id in our store of the file that a message of ours has by `media_id`."""
    return media_id if media_id.startswith(UPLOADED) else f"{_COPY}{media_id}"


class FileLinks:
    """Makes and verifies signed links to uploaded files. keys: secret ones; the first signs, all verify. base:
    PUBLIC_BASE_URL.
    """

    def __init__(self, keys: Sequence[bytes], base: str) -> None:
        self._keys = [_derived(key) for key in keys]
        self._base = base.rstrip("/")

    def make(self, workspace: str, file: str, ends: datetime) -> str:
        """Return the address of a file until a time."""
        claim = msgspec.msgpack.encode(_Claim("file", workspace, file, int(ends.timestamp())))
        token = urlsafe_b64encode(_tag(self._keys[0], claim) + claim).decode().rstrip("=")
        return f"{self._base}{PREFIX}{token}"

    def read(self, token: str, now: datetime) -> NamedFile | None:
        """Return the file that a token names; None for one that has ended, or that we did not make."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            tag, value = raw[:_TAG], raw[_TAG:]
            if not any(hmac.compare_digest(tag, _tag(key, value)) for key in self._keys):
                return None
            claim = msgspec.msgpack.decode(value, type=_Claim)
        except (ValueError, msgspec.MsgspecError):
            return None
        return NamedFile(claim.workspace, claim.id) if claim.ends > now.timestamp() else None

    def with_address(self, body: Body, provider: Provider, workspace: str, now: datetime) -> Body:
        """Return the body with the address of an uploaded file in place of its id; other bodies unchanged."""
        if not isinstance(body, MediaBody) or not body.media_id.startswith(UPLOADED) or provider is Provider.META:
            return body
        lasts = FOR_CUSTOMERS if provider in _SHOWN_TO_CUSTOMERS else FOR_PROVIDERS
        return msgspec.structs.replace(body, media_id="", url=self.make(workspace, body.media_id, now + lasts))


def can_be_fetched(settings: Settings) -> bool:
    """Return whether providers can fetch files from this installation: they take https addresses only."""
    return urlsplit(settings.public_base_url).scheme == "https"


def file_links_of(settings: Settings) -> FileLinks:
    """Return the links that all services of an installation make and read."""
    return FileLinks(list(settings.secret_keys.values()), settings.public_base_url)


def _tag(key: bytes, value: bytes) -> bytes:
    return hmac.new(key, value, sha256).digest()[:_TAG]


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parley link of a file").derive(key)
