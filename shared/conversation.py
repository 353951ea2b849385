"""A conversation's state, as the router decides on it and everybody else reads it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Mode(StrEnum):
    BOT = "bot"  # the bot answers
    HUMAN = "human"  # a person answers; the bot is quiet
    CLOSED = "closed"  # settled; the next message opens it again, with the bot


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One customer on one channel. Only the router changes it.

    turn: how many messages of the customer and of agents there have been (see `OutboundMessage.turn`).
    version: goes up with each change; 0 means not stored yet. address: where answers go.
    last_message: the provider's id of the customer's last message.
    through_ai: the last turn whose answer goes through the AI service, 0 when all of them are out; through_ai_at: when.
    shards: by how many the key of its records is chosen; it follows the workspace's when nothing was decided on the
    conversation for a while (decided_at: the last time).
    """

    id: str
    workspace: str
    channel: str
    provider: str
    customer_id: str
    address: str
    mode: Mode = Mode.BOT
    turn: int = 0
    version: int = 0
    opened_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_message: str = ""
    through_ai: int = 0
    through_ai_at: datetime | None = None
    shards: int = 1
    decided_at: datetime | None = None
    mode_reason: str = ""
    mode_by: str = ""


class Output(msgspec.Struct, frozen=True):
    """A record that a decision makes, as it goes to Kafka: stored with the decision, and published again from there."""

    topic: str
    key: bytes
    value: bytes


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided on one record: its id, the turn and the outputs."""

    cause: str
    turn: int
    decision: str
    outputs: tuple[Output, ...] = ()
