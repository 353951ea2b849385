"""Ids. None is random: each is derived from its subject, so that processing a record again derives the same ids.

Ids derived from a message contain its workspace: a workspace with an app secret of its own may send any message id, and
must not match another workspace's message with it.
"""

from functools import lru_cache
from hashlib import sha1
from uuid import UUID

from shared.domain.phone import canonical

_NAMESPACE = UUID("6f1de4c4-43f5-5f0c-9c6e-70c1a3b4f8a1")
_REMEMBERED = 20_000  # frequent writers are looked up often


def message_id(workspace: str, provider: str, provider_message_id: str) -> str:
    """Return the id of a provider's message: `acme:meta:wamid.…`, `acme:twilio:SM…`."""
    return f"{workspace}:{provider}:{provider_message_id}"


def status_id(workspace: str, provider: str, provider_message_id: str, status: str) -> str:
    """Return the id of one status of one message."""
    return f"{workspace}:{provider}:{provider_message_id}:{status}"


@lru_cache(maxsize=_REMEMBERED)
def customer_id(workspace: str, identity: str) -> str:
    """Return a customer's id. identity: the customer's key (`shared.domain.identities`), which
    `shared.repositories.identities` finds.

    All forms of a number in Brazil, Mexico and Argentina derive one id, because Meta and Twilio use different forms.
    """
    return _derive("customer", workspace, canonical(identity))


@lru_cache(maxsize=_REMEMBERED)
def conversation_id(workspace: str, channel: str, identity: str) -> str:
    """Return the id of a customer's conversation on a channel. identity: as with `customer_id`."""
    return _derive("conversation", workspace, channel, canonical(identity))


@lru_cache(maxsize=_REMEMBERED)
def identity_id(workspace: str, identity: str) -> str:
    """Return the id of an identity's document within a workspace."""
    return _derive("identity", workspace, canonical(identity))


def output_id(cause: str, kind: str, index: int = 0) -> str:
    """Return the id of the `index`-th output of a `kind` that the record `cause` led to."""
    return _derive("output", cause, kind, str(index))


def correlation_id(cause: str) -> str:
    """Return the id of a whole exchange for logs and traces: 32 hex digits, derived from its first message."""
    return _digest(f"correlation\x1f{cause}")


def dead_letter_id(topic: str, partition: int, offset: int, reason: str) -> str:
    """Return the id of the dead letter of a Kafka record."""
    return _derive("dead-letter", topic, str(partition), str(offset), reason)


def derived_id(*parts: str) -> str:
    """Return the id of anything else that `parts` identify."""
    return _derive(*parts)


def _derive(*parts: str) -> str:
    digest = _digest("\x1f".join(parts))
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def _digest(name: str) -> str:
    """Return the hex digits of `uuid5(_NAMESPACE, name)`, in a third of its time."""
    digest = bytearray(sha1(_NAMESPACE.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return digest.hex()
