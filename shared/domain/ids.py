"""Ids. None is random: each is derived from what it stands for, so that doing a thing again makes the same id.

All that is derived from a message has its workspace in it: a tenant with an app secret of its own may send any message
id, and must not meet another tenant's message, answer or exchange with it.
"""

from functools import lru_cache
from uuid import UUID, uuid5

from shared.domain.phone import canonical

_NAMESPACE = UUID("6f1de4c4-43f5-5f0c-9c6e-70c1a3b4f8a1")
_REMEMBERED = 20_000  # customers who write often are asked for often


def message_id(workspace: str, provider: str, provider_message_id: str) -> str:
    """The id of a message that a provider gave us: `acme:meta:wamid.…`, `acme:twilio:SM…`."""
    return f"{workspace}:{provider}:{provider_message_id}"


def status_id(workspace: str, provider: str, provider_message_id: str, status: str) -> str:
    """The id of one status of one message; a status that is delivered twice has one id."""
    return f"{workspace}:{provider}:{provider_message_id}:{status}"


@lru_cache(maxsize=_REMEMBERED)
def customer_id(workspace: str, identity: str) -> str:
    """The customer's id. identity: the key of the person (`shared.domain.identities`), which is not always what the
    last message came from: `shared.repositories.identities` finds it.

    The forms of one number in Brazil, Mexico and Argentina are one identity: Meta and Twilio use different ones.
    """
    return _derive("customer", workspace, canonical(identity))


@lru_cache(maxsize=_REMEMBERED)
def conversation_id(workspace: str, channel: str, identity: str) -> str:
    """A conversation is one customer on one channel of one workspace. identity: as with `customer_id`."""
    return _derive("conversation", workspace, channel, canonical(identity))


@lru_cache(maxsize=_REMEMBERED)
def identity_id(workspace: str, identity: str) -> str:
    """The id of what is known about one identity of a person (`shared.domain.identities`) within one workspace."""
    return _derive("identity", workspace, canonical(identity))


def output_id(cause: str, kind: str, index: int = 0) -> str:
    """The id of the `index`-th output of a `kind` that the message `cause` led to."""
    return _derive("output", cause, kind, str(index))


def correlation_id(cause: str) -> str:
    """What a whole exchange is found by in logs and traces: 32 hex digits, derived from the message that began it."""
    return uuid5(_NAMESPACE, f"correlation\x1f{cause}").hex


def dead_letter_id(topic: str, partition: int, offset: int, reason: str) -> str:
    """The id of a dead letter made from a Kafka record; reading the record again makes the same one."""
    return _derive("dead-letter", topic, str(partition), str(offset), reason)


def derived_id(*parts: str) -> str:
    """An id for anything else that is fully named by `parts`."""
    return _derive(*parts)


def _derive(*parts: str) -> str:
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))
