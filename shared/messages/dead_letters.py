"""What could not be processed, with all that is needed to look into it and to try it again. Topic `dead.letters`."""

from enum import StrEnum

from shared.messages.base import Message, Part


class DeadLetterReason(StrEnum):
    """Why. Each says whose fault it is and what a replay needs first."""

    UNKNOWN_RECIPIENT = "unknown_recipient"  # no workspace owns the number: apply one, then replay
    MALFORMED_ITEM = "malformed_item"  # one item of a webhook could not be read
    TOO_LARGE = "too_large"  # larger than its topic takes; only the raw form is kept, and it cannot be replayed
    UNDECODABLE = "undecodable"  # a record's bytes are not a message of its topic
    HANDLER_FAILED = "handler_failed"  # our code failed on it again and again: mend it, then replay
    SEND_REJECTED = "send_rejected"  # the provider refused it for good
    IN_DOUBT = "in_doubt"  # the provider may have it: a replay sends it once more
    WINDOW_CLOSED = "window_closed"  # the customer wrote too long ago, and no template stands in: replay once he writes
    SEND_EXHAUSTED = "send_exhausted"  # tried as often as allowed
    WEBHOOK_FAILED = "webhook_failed"  # a workspace's own system did not take an event for a day


class RecordOrigin(Part, frozen=True, kw_only=True):
    """Where it was: the Kafka record, or for ingress `topic` None and the webhook's path."""

    service: str
    topic: str | None = None
    partition: int = -1
    offset: int = -1
    path: str | None = None


class DeadLetter(Message, frozen=True, kw_only=True):
    """payload: the record's value or the webhook item as it came, as bytes (base64 in JSON).

    replay_topic: where `parley dlq replay` puts the payload again; None for items of a webhook, which are read anew.
    workspace is `-` where none is known.
    """

    reason: DeadLetterReason
    detail: str
    origin: RecordOrigin
    payload: bytes
    replay_topic: str | None = None
    key: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()
