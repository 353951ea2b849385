"""Reads recorded conversations from MongoDB: models' answers with their input, and customers' messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.content import Content
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import OutboundMessage, TextBody
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages, StoredInbound
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import HistoryMessage
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answer of a model, and what it was made from. answer: its text, as it went out."""

    call: AiCall
    inbound: list[StoredInbound]
    outbound: list[HistoryMessage]
    customer: Mapping[str, Any] | None
    answer: str

    @property
    def question(self) -> str:
        """The customer's last message."""
        return self.inbound[-1].words if self.inbound else ""

    @property
    def seconds(self) -> float:
        """The duration of the answer, from the request's start to its end."""
        return (self.call.finished_at - self.call.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A customer's message as the router would get it again. decision: what it decided then."""

    message: InboundMessage
    decision: str
    words: str


async def exchanges(mongo: Mongo, workspace: str, since: datetime, *, limit: int, history: int) -> list[Exchange]:
    """The last answers since then, oldest first; at most `limit`. Raises DependencyAway."""
    calls = AiCalls(mongo, workspace)
    messages, sent_messages = InboundMessages(mongo, workspace), OutboundHistory(mongo, workspace)
    customers = Customers(mongo, workspace)
    found = []
    for call in await calls.since(since, limit=limit):
        inbound = await messages.last_messages(call.conversation_id, up_to_turn=call.turn, limit=history)
        outbound = await sent_messages.last_messages(call.conversation_id, before_turn=call.turn, limit=history)
        sent = _sent(call)
        customer = await customers.get(sent[0].customer_id) if sent else None
        found.append(Exchange(call=call, inbound=inbound, outbound=outbound, customer=customer, answer=_text(sent)))
    return found


async def messages(mongo: Mongo, workspace: str, since: datetime, *, limit: int) -> list[Message]:
    """Customers' last messages since then, each conversation's in its order; at most `limit`. Raises DependencyAway."""
    found = await InboundMessages(mongo, workspace).received_since(since, limit=limit)
    return [_again(document) for document in sorted(found, key=lambda it: (it["conversation_id"], it["turn"]))]


def _again(document: Mapping[str, Any]) -> Message:
    content = msgspec.convert(document["content"], Content, strict=False)
    sender = document["sender"]
    message = InboundMessage(
        id=document["_id"],
        workspace=document["workspace"],
        correlation_id=document["correlation_id"],
        created_at=document["received_at"],
        provider=Provider(document["provider"]),
        provider_message_id=document["provider_message_id"],
        channel=document["channel"],
        conversation_id=document["conversation_id"],
        sender=msgspec.convert(sender, Sender, strict=False),
        content=content,
        sent_at=document["sent_at"],
    )
    return Message(message=message, decision=document["decision"], words=document["text"])


def _sent(call: AiCall) -> Sequence[OutboundMessage]:
    found = []
    for output in call.outputs:
        try:
            message = decode(Record(output.topic, 0, 0, output.key, output.value))
        except (Undecodable, KeyError):  # of a release that wrote other records
            continue
        if isinstance(message, OutboundMessage):
            found.append(message)
    return found


def _text(sent: Sequence[OutboundMessage]) -> str:
    return "\n".join(one.body.body for one in sent if isinstance(one.body, TextBody))
