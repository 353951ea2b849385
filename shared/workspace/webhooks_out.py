"""Webhooks out: the URLs of a workspace's own systems (a CRM) that events are posted to, and the signature of a
call."""

import hmac
import re
from datetime import datetime
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from shared.messages.events import GENERAL_KINDS, EventKind
from shared.validation.field_types import Name, Secret
from shared.validation.strict import StrictModel

MAX_WEBHOOKS = 10
"""Webhooks that a workspace may have."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_PLAIN = re.compile(r"[\x21-\x7e]+")


def _checked_url(url: str) -> str:
    """Return a URL that all parsers read alike. Raises ValueError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise ValueError("has characters that a URL cannot have; write them as %…, and the host in ASCII")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is not a URL that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user name or password; the signature proves who calls")
    if parts.fragment:
        raise ValueError("has a # part, which is never sent")
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    if not _HOST.fullmatch(host):
        raise ValueError("has a host that is not valid")
    return url


Url = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_checked_url)]


class _WebhookOut(StrictModel):
    id: Name
    url: Url
    events: tuple[EventKind, ...] = ()  # empty: `GENERAL_KINDS`

    def wants(self, kind: EventKind) -> bool:
        """Return whether it is called for events of a kind."""
        return kind in (self.events or GENERAL_KINDS)


class WebhookOut(_WebhookOut):
    """A webhook as the workspace file has it. secret: signs the calls."""

    secret: Secret = Field(repr=False)


class StoredWebhook(_WebhookOut):
    """A webhook as MongoDB has it. secrets: encrypted, by name (`shared.crypto`): `secret`, and after a rotation the
    `previous` one, which signs too until `previous_until`.
    """

    secrets: dict[str, str] = Field(default={}, repr=False)
    previous_until: datetime | None = None


def secret_field(webhook: str) -> str:
    """Return the field name that a webhook's stored secret is bound to."""
    return f"webhooks.{webhook}.secret"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return `v1=` and the HMAC-SHA256 over the time (seconds since 1970), a full stop and the body, in hex."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
