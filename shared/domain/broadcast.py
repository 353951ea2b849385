"""A broadcast: one text, template or flow for many customers. Documents of broadcasts and of their recipients.

    making ──▶ draft ──▶ scheduled ──▶ running ──▶ done
                            │  ▲          │  ▲
                            ▼  │          ▼  │
                            paused ◀──────┘  └── retry of those that failed
    and from anywhere before the end: cancelled

`making`: the recipients of a file are being stored. `scheduled`: it waits for its start, at which its audience is read
(`frozen_at`); later customers are not added.

A comparison of two templates is one broadcast with a second content, `other`. A recipient's variant follows from its
id, which is a digest: nothing is stored, so a repeated run, a dry run and a retry find the same one.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from shared.domain import ids
from shared.messages.broadcast_content import BroadcastContent, BroadcastTemplate

MOST_RATE = 500.0  # messages a second
MOST_RECIPIENTS = 500_000
SECOND_HALF = "8"
"""Ids of recipients from here on are of variant B; ids begin with a hex digit."""


class BroadcastStage(StrEnum):
    MAKING = "making"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class RecipientState(StrEnum):
    """The state of one recipient's message."""

    PENDING = "pending"  # not sent to yet
    QUEUED = "queued"  # the message is published, and has no result yet
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    SKIPPED = "skipped"  # gets no message; `reason` says why
    CANCELLED = "cancelled"


class Variant(StrEnum):
    """A half of the recipients in a comparison of two templates: A gets `what`, B gets `other`."""

    A = "a"
    B = "b"


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast without its recipients. segment: name of the segment that is its audience; empty: the recipients of a
    file, stored when it was made.

    other: the second template of a comparison. rate: messages a second at most. most_failures: share of the last
    results that may have failed. price: of one message, a decimal as text; empty: unknown. reason: why it is paused;
    cause: the kind of that reason (`shared.operations.broadcasts.pause_rules`), `person`, or empty if it is older. by:
    the operator. start_at: the earliest time. frozen_at: when its audience was complete. resumed_at: since when results
    count for pausing. total: recipients, once frozen. cursor: how far its segment has been read.
    """

    id: str
    workspace: str
    name: str
    channel: str
    what: BroadcastContent
    created_at: datetime
    by: str
    other: BroadcastTemplate | None = None
    segment: str = ""
    stage: BroadcastStage = BroadcastStage.DRAFT
    rate: float = 10.0
    most_failures: float = 0.25
    price: str = ""
    currency: str = ""
    reason: str = ""
    cause: str = ""
    start_at: datetime | None = None
    frozen_at: datetime | None = None
    resumed_at: datetime | None = None
    finished_at: datetime | None = None
    total: int | None = None
    cursor: str = ""

    @property
    def contents(self) -> tuple[BroadcastContent, ...]:
        """The contents that it sends: one, or the two of a comparison."""
        return (self.what,) if self.other is None else (self.what, self.other)

    def content_of(self, recipient: str) -> BroadcastContent:
        """Return what the recipient with this id gets."""
        return self.other if self.other is not None and variant_of(recipient) is Variant.B else self.what

    def costs(self, messages: int) -> Decimal | None:
        """Return the cost of so many messages; None: the price is unknown."""
        return Decimal(self.price) * messages if self.price else None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One customer of a broadcast. identity: a phone number in E.164 or `bsuid:…`. name, fields: from the file.

    message_id: of the (first) message sent in the conversation. retried: it failed before and is pending again.
    reason: why it is skipped or failed; code: of the provider's error. not_before: a failed one is not retried before.
    """

    id: str
    customer_id: str
    identity: str
    reached: RecipientState = RecipientState.PENDING
    name: str = ""
    fields: dict[str, str] = {}
    conversation_id: str = ""
    message_id: str = ""
    retried: bool = False
    queued_at: datetime | None = None
    reason: str = ""
    code: str = ""
    not_before: datetime | None = None


def broadcast_id(workspace: str, name: str) -> str:
    """Return a broadcast's id; its name is unique in a workspace."""
    return ids.derived_id("broadcast", workspace, name)


def recipient_id(broadcast: str, customer_id: str) -> str:
    """Return a recipient's id, the same however often the audience has the customer."""
    return ids.derived_id("broadcast-recipient", broadcast, customer_id)


def variant_of(recipient: str) -> Variant:
    """Return the variant of the recipient with this id: each half of the ids is one."""
    return Variant.A if recipient < SECOND_HALF else Variant.B


def cause_id(recipient: str) -> str:
    """Return the `cause` of all messages to a recipient, so that a repeated run makes the same ids."""
    return ids.derived_id("broadcast-cause", recipient)
