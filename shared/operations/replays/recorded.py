"""Reads recorded messages of customers, as the router would get them again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec

from shared.messages.content import Content
from shared.messages.content_text import content_text
from shared.messages.inbound import Context, InboundMessage, Provider, Sender
from shared.repositories.inbound import InboundMessages
from shared.storage.mongo import Mongo

_EARLIER = 5  # messages before the first one of a conversation, from which its state is made
_EARLIER_TIME = timedelta(days=2)


class RecordedMessage(msgspec.Struct, frozen=True):
    """A message as it was received. decision: what the router decided then. words: what the customer saw themselves
    write.
    """

    message: InboundMessage
    turn: int
    decision: str
    words: str

    @property
    def kind(self) -> str:
        """The kind of the decision."""
        return self.decision.partition(":")[0]


async def conversations(
    mongo: Mongo, workspace: str, since: datetime, until: datetime, *, channel: str = "", limit: int
) -> list[list[RecordedMessage]]:
    """Return the last `limit` messages of a time by conversation, each in its order. Raises DependencyAway."""
    found = await InboundMessages(mongo, workspace).received_between(since, until, channel=channel, limit=limit)
    ordered = sorted(found, key=lambda it: (it["conversation_id"], it["turn"]))
    by_conversation = [list(group) for _, group in groupby(ordered, key=lambda it: it["conversation_id"])]
    by_conversation.sort(key=lambda group: (group[0]["received_at"], group[0]["_id"]))
    return [[recorded(document) for document in group] for group in by_conversation]


async def earlier(mongo: Mongo, workspace: str, first: RecordedMessage) -> Sequence[RecordedMessage]:
    """Return the messages shortly before the first one of a conversation. Raises DependencyAway."""
    message = first.message
    found = await InboundMessages(mongo, workspace).before_turn(message.conversation_id, first.turn, limit=_EARLIER)
    recent = message.created_at - _EARLIER_TIME
    return [recorded(document) for document in found if document["received_at"] >= recent and document["turn"] > 0]


def recorded(document: Mapping[str, Any]) -> RecordedMessage:
    """Return a message from its document."""
    message = InboundMessage(
        id=document["_id"],
        workspace=document["workspace"],
        correlation_id=document["correlation_id"],
        created_at=document["received_at"],
        provider=Provider(document["provider"]),
        provider_message_id=document["provider_message_id"],
        channel=document["channel"],
        conversation_id=document["conversation_id"],
        sender=msgspec.convert(document["sender"], Sender, strict=False),
        content=msgspec.convert(document["content"], Content, strict=False),
        context=msgspec.convert(document.get("context") or {}, Context, strict=False),
        sent_at=document["sent_at"],
    )
    return RecordedMessage(message, document["turn"], document["decision"], words_of(message))


def words_of(message: InboundMessage) -> str:
    """Return a message in words."""
    return content_text(message.content)
