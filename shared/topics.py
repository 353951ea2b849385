"""All topics, in one table, from which they are created and checked; no other module names a topic.

The key of every record is its workspace, so that a workspace's records keep their order. A workspace with `shards: n`
has n keys, chosen by the conversation: then the order is kept within each conversation.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zlib import crc32

from shared.messages.ai import AiRequest
from shared.messages.commands import CommandRecord
from shared.messages.dead_letters import DeadLetter
from shared.messages.events import ConversationEvent
from shared.messages.inbound import InboundMessage, StatusRecord
from shared.messages.operations import OperationRecord
from shared.messages.outbound import OutboundMessage
from shared.messages.webhooks import WebhookDelivery

HOUR = 3600
DAY = 24 * HOUR
MIB = 1024 * 1024


class OnFailure(StrEnum):
    """The end of a record whose handler still fails after all retries."""

    DEAD_LETTER = "dead_letter"
    SKIP = "skip"  # the record is only information: count it


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of Kafka. message: the type of the value. retention: seconds. max_bytes: of a record. retries: further
    attempts of a record whose handler fails; without a limit while a dependency cannot be reached.
    """

    name: str
    message: Any
    partitions: int
    retention: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    max_bytes: int = 4 * MIB
    retries: int = 2
    on_failure: OnFailure = OnFailure.DEAD_LETTER


INBOUND_MESSAGES = Topic(
    name="inbound.messages",
    message=InboundMessage,
    partitions=12,
    retention=7 * DAY,
    producers=("ingress",),
    consumers=("router",),
)
INBOUND_STATUSES = Topic(
    name="inbound.statuses",
    message=StatusRecord,
    partitions=12,
    retention=7 * DAY,
    producers=("ingress",),
    consumers=("delivery",),
)
CONVERSATION_COMMANDS = Topic(
    name="conversation.commands",
    message=CommandRecord,
    partitions=12,
    retention=7 * DAY,
    producers=("ingress", "console", "ai", "router", "delivery"),
    consumers=("router",),
)
AI_REQUESTS = Topic(
    name="ai.requests",
    message=AiRequest,
    partitions=12,
    retention=2 * DAY,
    producers=("router",),
    consumers=("ai",),
)
OUTBOUND_MESSAGES = Topic(
    name="outbound.messages",
    message=OutboundMessage,
    partitions=12,
    retention=7 * DAY,
    producers=("router", "ai"),
    consumers=("delivery",),
)
OUTBOUND_BULK = Topic(
    name="outbound.bulk",
    message=OutboundMessage,
    partitions=12,
    retention=7 * DAY,
    producers=("delivery",),
    consumers=("delivery",),
)
OUTBOUND_RETRY = Topic(
    name="outbound.retry",
    message=OutboundMessage,
    partitions=12,
    retention=7 * DAY,
    producers=("delivery",),
    consumers=("delivery",),
)
CONVERSATION_EVENTS = Topic(
    name="conversation.events",
    message=ConversationEvent,
    partitions=12,
    retention=3 * DAY,
    producers=("router", "ai", "delivery", "console"),
    consumers=("console", "delivery"),
    on_failure=OnFailure.SKIP,
)
OPERATIONS_COMMANDS = Topic(
    name="operations.commands",
    message=OperationRecord,
    partitions=12,
    retention=7 * DAY,
    producers=("console",),
    consumers=("delivery",),
)
WEBHOOKS_REPLAY = Topic(
    name="webhooks.replay",
    message=WebhookDelivery,
    partitions=3,
    retention=3 * DAY,
    producers=("console",),
    consumers=("delivery",),
)
DEAD_LETTERS = Topic(
    name="dead.letters",
    message=DeadLetter,
    partitions=3,
    retention=30 * DAY,
    producers=("ingress", "router", "ai", "delivery"),
    consumers=("console",),
    max_bytes=6 * MIB,  # a letter holds a whole record, in base64
)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        INBOUND_MESSAGES,
        INBOUND_STATUSES,
        CONVERSATION_COMMANDS,
        AI_REQUESTS,
        OUTBOUND_MESSAGES,
        OUTBOUND_BULK,
        OUTBOUND_RETRY,
        CONVERSATION_EVENTS,
        OPERATIONS_COMMANDS,
        WEBHOOKS_REPLAY,
        DEAD_LETTERS,
    )
}

# The consumer groups of the services with their topics, for the lag exporter and tools.
GROUPS: dict[str, tuple[Topic, ...]] = {
    "router": (INBOUND_MESSAGES, CONVERSATION_COMMANDS),
    "ai": (AI_REQUESTS,),
    "delivery.outbound.messages": (OUTBOUND_MESSAGES,),
    "delivery.outbound.bulk": (OUTBOUND_BULK,),
    "delivery.outbound.retry": (OUTBOUND_RETRY,),
    "delivery.inbound.statuses": (INBOUND_STATUSES,),
    "delivery.operations.commands": (OPERATIONS_COMMANDS,),
    "delivery.webhooks": (CONVERSATION_EVENTS, WEBHOOKS_REPLAY),
}

GROUP_TOPICS: dict[str, list[str]] = {group: [topic.name for topic in topics] for group, topics in GROUPS.items()}
"""The names of the topics of each group."""


def key_for(workspace: str, conversation_id: str = "", shards: int = 1) -> bytes:
    """Return the key of a record: the workspace, or the shard of its conversation."""
    if shards <= 1 or not conversation_id:
        return workspace.encode()
    return shard_key(workspace, crc32(conversation_id.encode()) % shards)


def shard_key(workspace: str, shard: int) -> bytes:
    """Return the key of a shard's records."""
    return f"{workspace}#{shard}".encode()


def workspace_of(key: bytes) -> str:
    """Return the workspace of a key of `key_for`."""
    return key.decode(errors="replace").partition("#")[0]
