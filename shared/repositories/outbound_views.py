"""Results of `shared.repositories.outbound` and `outbound_history`."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared.messages.inbound import Provider, Status
from shared.messages.outbound import OutboundMessage


class OutboundState(StrEnum):
    SENDING = "sending"
    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"


class StoredOutbound(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a message that was claimed before. claim: of which process, and for which attempt.

    attempt: how often it was claimed. charged: attempts that count against the limit; one that was throttled, or did
    not reach the provider, does not. since: when it was taken up, or taken up again after it had been held or had
    failed.
    reason: of its dead letter. window_closed: the provider reported it. instead: the template that it was sent as.
    """

    id: str
    state: OutboundState
    claimed_at: datetime
    claim: str = ""
    attempt: int = 1
    charged: int = 0
    possible_duplicate: bool = False
    provider_message_id: str | None = None
    not_before: datetime | None = None
    since: datetime | None = None
    error: dict[str, str] = {}
    reason: str = ""
    window_closed: bool = False
    instead: dict[str, Any] | None = None


class HistoryMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A sent message as the history has it."""

    id: str
    turn: int
    index: int
    text: str
    author: str
    provider_message_id: str | None = None


class PreviousMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the message before another one of the same conversation."""

    id: str
    turn: int
    index: int
    state: OutboundState
    claimed_at: datetime
    not_before: datetime | None = None


class DeliveryProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a message. error: the provider's last; a later attempt may have succeeded. failures: the codes
    of all failed attempts, with their times. provider: whose code the error has.
    """

    id: str
    state: OutboundState
    status: Status
    error: dict[str, str] = {}
    failures: tuple[tuple[str, datetime], ...] = ()
    reason: str = ""
    provider: Provider | None = None


class HeldMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A held message, as its next record has it. claim: with which it was held."""

    message: OutboundMessage
    claim: str


class StatusOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The change that a status made. advanced: it is the message's status now. known: it was already. failed: it
    reports that the message failed after all, and that is the latest state. retried: that was reported before, and the
    message waits for another attempt. in_call: another attempt was in flight. attempt, charged, since: see
    `StoredOutbound`.
    instead: a template was sent in its place.
    """

    id: str
    channel: str
    conversation_id: str
    correlation_id: str
    advanced: bool
    known: bool = False
    failed: bool = False
    retried: bool = False
    in_call: bool = False
    attempt: int = 0
    charged: int = 0
    since: datetime | None = None
    instead: bool = False
