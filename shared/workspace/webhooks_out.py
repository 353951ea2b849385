"""Webhooks out: the addresses of a workspace's own systems (a CRM) that hear what happens, and how a call is signed."""

import hmac
import re
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from shared.messages.events import EventKind
from shared.validation.field_types import Name, Secret
from shared.validation.strict import StrictModel

MAX_WEBHOOKS = 10
"""Webhooks of a workspace."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_PLAIN = re.compile(r"[\x21-\x7e]+")


def _address(url: str) -> str:
    """An address that means the same to everybody who reads it. Raises ValueError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise ValueError("has characters that no URL has; write them as %…, and the host in ASCII")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is not a URL that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user name or password; the signature is what proves who calls")
    if parts.fragment:
        raise ValueError("has a # part, which is never sent")
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    if not _HOST.fullmatch(host):
        raise ValueError("has a host that is none")
    return url


Url = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_address)]


class _WebhookOut(StrictModel):
    id: Name
    url: Url
    events: tuple[EventKind, ...] = ()  # empty: all

    def wants(self, kind: EventKind) -> bool:
        """Whether it is called for such an event."""
        return not self.events or kind in self.events


class WebhookOut(_WebhookOut):
    """As people write it. secret: what calls are signed with."""

    secret: Secret = Field(repr=False)


class StoredWebhook(_WebhookOut):
    """As MongoDB has it. secrets: encrypted, by name (`shared.crypto`)."""

    secrets: dict[str, str] = Field(default={}, repr=False)


def secret_field(webhook: str) -> str:
    """What a stored secret is bound to."""
    return f"webhooks.{webhook}.secret"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 over the time (seconds since 1970), a full stop and the body, in hex."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
