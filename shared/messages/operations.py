"""Commands of people and programs to delivery: broadcasts, channels, templates, messages. Topic `operations.commands`.

They concern no conversation's state, so the router does not read them.
"""

from datetime import datetime

import msgspec

from shared.messages.base import Message, Part
from shared.messages.broadcast_content import BroadcastContent, BroadcastTemplate


class OperationCommand(Message, frozen=True, kw_only=True):
    """The base of commands to delivery. by: the author: a user's id, or `key:` and a key's."""

    by: str


class ListedRecipient(Part, frozen=True, kw_only=True):
    """A recipient of a broadcast to a list. identity: a phone number in E.164 or `bsuid:…`. name, fields: of the
    list, for the variables of texts.
    """

    identity: str
    name: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class CreateBroadcast(OperationCommand, frozen=True, kw_only=True, tag="create_broadcast"):
    """Store a draft. segment: name of the audience's segment; empty: `recipients` are the audience.

    other: only of `CreateComparison`. channel: empty: the workspace's first. rate, max_failures, price,
    currency: see `NewBroadcast`.
    """

    name: str
    content: BroadcastContent
    other: BroadcastTemplate | None = None
    channel: str = ""
    segment: str = ""
    recipients: tuple[ListedRecipient, ...] = ()
    rate: float = 10.0
    max_failures: float = 0.25
    price: str = ""
    currency: str = "USD"


class CreateComparison(CreateBroadcast, frozen=True, kw_only=True, tag="create_comparison"):
    """Store a draft that compares two templates. other: the second one, for half of the audience.

    It is a kind of its own so that a process without comparisons refuses it, instead of sending one template to all.
    """


class BroadcastCommand(OperationCommand, frozen=True, kw_only=True):
    """The base of commands about a broadcast. broadcast: its id."""

    broadcast: str


class StartBroadcast(BroadcastCommand, frozen=True, kw_only=True, tag="start_broadcast"):
    """Start a draft. at: None: now."""

    at: datetime | None = None


class PauseBroadcast(BroadcastCommand, frozen=True, kw_only=True, tag="pause_broadcast"):
    """Send nothing more for now."""


class ResumeBroadcast(BroadcastCommand, frozen=True, kw_only=True, tag="resume_broadcast"):
    """Continue a paused broadcast."""


class CancelBroadcast(BroadcastCommand, frozen=True, kw_only=True, tag="cancel_broadcast"):
    """End a broadcast for good."""


class RetryRecipients(BroadcastCommand, frozen=True, kw_only=True, tag="retry_recipients"):
    """Send again to the recipients whose message failed."""


class RetryMessage(OperationCommand, frozen=True, kw_only=True, tag="retry_message"):
    """Send a failed message again."""

    message_id: str


class ResumeChannel(OperationCommand, frozen=True, kw_only=True, tag="resume_channel"):
    """Try a stopped channel again."""

    channel: str


class SyncTemplates(OperationCommand, frozen=True, kw_only=True, tag="sync_templates"):
    """Fetch the templates of the workspace's accounts."""


AnyBroadcastCommand = StartBroadcast | PauseBroadcast | ResumeBroadcast | CancelBroadcast | RetryRecipients
OperationRecord = (
    CreateBroadcast | CreateComparison | AnyBroadcastCommand | RetryMessage | ResumeChannel | SyncTemplates
)
"""All records of the topic."""
