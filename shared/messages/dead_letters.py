"""Dead letters, with all that is needed to investigate and replay them. Topic `dead.letters`."""

from enum import StrEnum

from shared.messages.base import Message, Part


class DeadLetterReason(StrEnum):
    """Why a record became a dead letter, and what a replay needs first."""

    UNKNOWN_RECIPIENT = "unknown_recipient"  # no workspace owns the number: apply one, then replay
    MALFORMED_ITEM = "malformed_item"  # one item of a webhook could not be read
    TOO_LARGE = "too_large"  # larger than its topic's limit; only the raw form is kept, without replay
    UNDECODABLE = "undecodable"  # a record's bytes are not a message of its topic
    HANDLER_FAILED = "handler_failed"  # our code failed repeatedly: fix it, then replay
    SEND_REJECTED = "send_rejected"  # the provider rejected it permanently
    IN_DOUBT = "in_doubt"  # the provider may have it; a replay sends it again
    WINDOW_CLOSED = (
        "window_closed"  # outside the customer-service window without a template: replay when the customer writes
    )
    SEND_EXHAUSTED = "send_exhausted"  # all attempts failed
    WEBHOOK_FAILED = "webhook_failed"  # a workspace's webhook failed for a day


class RecordOrigin(Part, frozen=True, kw_only=True):
    """The source of the payload: a Kafka record, or for ingress (`topic` None) the path of a webhook."""

    service: str
    topic: str | None = None
    partition: int = -1
    offset: int = -1
    path: str | None = None


class DeadLetter(Message, frozen=True, kw_only=True):
    """A record or webhook item that could not be processed. payload: the record's value or the webhook item, unchanged,
    as bytes (base64 in JSON).

    replay_topic: topic that `parley dlq replay` writes the payload to; None for webhook items, which are parsed again.
    workspace: `-` if unknown.
    """

    reason: DeadLetterReason
    detail: str
    origin: RecordOrigin
    payload: bytes
    replay_topic: str | None = None
    key: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()
