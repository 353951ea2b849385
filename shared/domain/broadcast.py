"""A broadcast: the same text, template or flow for many customers. What is stored about one, and about each recipient.

    making ──▶ draft ──▶ scheduled ──▶ running ──▶ done
                            │  ▲          │  ▲
                            ▼  │          ▼  │
                            paused ◀──────┘  └── retry of those that failed
    and from anywhere before the end: cancelled

`making`: the recipients of a file are being stored. `scheduled` waits for its time and has its audience read then
(`frozen_at`); from then on nobody is added.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from shared.domain import ids
from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody

MOST_RATE = 500.0  # messages a second
MOST_RECIPIENTS = 500_000


class BroadcastStage(StrEnum):
    MAKING = "making"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class RecipientState(StrEnum):
    """How far one recipient is."""

    PENDING = "pending"  # nothing has been done yet
    QUEUED = "queued"  # its message is on its way to delivery, or waits there
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    SKIPPED = "skipped"  # not to be written to; `reason` says why
    CANCELLED = "cancelled"


SUCCEEDED = (RecipientState.SENT, RecipientState.DELIVERED, RecipientState.READ)


class BroadcastText(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """A text with `{{ customer.name }}` and the like; only for who has written within 24 hours."""

    text: str


class BroadcastTemplate(msgspec.Struct, frozen=True, kw_only=True, tag="template"):
    """An approved template, filled as `TemplateBody` has it; parameters, header and the buttons' values are texts with
    `{{ … }}` too. header_media: the same file for all.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    header: str = ""
    header_media: MediaBody | None = None
    buttons: tuple[ButtonValue, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is filled in."""
        header = (self.header,) if self.header else ()
        return (*self.parameters, *header, *(button.value for button in self.buttons))

    def filled(self, fill: Callable[[str], str]) -> TemplateBody:
        """What is sent. fill: makes of each text what it says."""
        return TemplateBody(
            name=self.name,
            language=self.language,
            parameters=tuple(fill(text) for text in self.parameters),
            header=fill(self.header) if self.header else "",
            header_media=self.header_media,
            buttons=tuple(msgspec.structs.replace(it, value=fill(it.value)) for it in self.buttons),
        )


class BroadcastFlow(msgspec.Struct, frozen=True, kw_only=True, tag="flow"):
    """A flow that begins with each recipient; only for who has written within 24 hours."""

    flow: str


BroadcastContent = BroadcastText | BroadcastTemplate | BroadcastFlow


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """segment: whose customers it is for; empty: the recipients of a file, stored when it was made.

    rate: messages a second at most. most_failures: share of the last results that may have failed. price: of one
    message, a decimal as text; empty: nobody knows. reason: why it is paused. by: who made it.
    start_at: the earliest time. frozen_at: when its audience was complete. resumed_at: since when results count for the
    breaker. total: recipients, once frozen. cursor: how far its segment has been read.
    """

    id: str
    workspace: str
    name: str
    channel: str
    what: BroadcastContent
    created_at: datetime
    by: str
    segment: str = ""
    stage: BroadcastStage = BroadcastStage.DRAFT
    rate: float = 10.0
    most_failures: float = 0.25
    price: str = ""
    currency: str = ""
    reason: str = ""
    start_at: datetime | None = None
    frozen_at: datetime | None = None
    resumed_at: datetime | None = None
    finished_at: datetime | None = None
    total: int | None = None
    cursor: str = ""

    def costs(self, messages: int) -> Decimal | None:
        """What so many messages cost; None when nobody knows."""
        return Decimal(self.price) * messages if self.price else None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a broadcast. identity: a phone number in E.164 or `bsuid:…`. name, fields: as the file says.

    message_id: of the (first) message of ours, in the conversation. retried: that it failed before and is to be tried
    once more.
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


def broadcast_id(workspace: str, name: str) -> str:
    """A broadcast's id: its name is given once in a workspace."""
    return ids.derived_id("broadcast", workspace, name)


def recipient_id(broadcast: str, customer_id: str) -> str:
    """A person is a recipient once, however often the audience has him."""
    return ids.derived_id("broadcast-recipient", broadcast, customer_id)


def cause_id(recipient: str) -> str:
    """What stands as the cause in all that is sent to a recipient; a second run makes the same messages."""
    return ids.derived_id("broadcast-cause", recipient)
