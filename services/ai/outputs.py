"""Makes the records of an answer, or of the apology when there is none; their ids come from the request. Pure."""

from datetime import datetime
from decimal import Decimal

from shared import ids
from shared.conversation import Output
from shared.kafka.codec import encode
from shared.messages.ai import AiRequest
from shared.messages.base import Message
from shared.messages.commands import HandOff
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.providers.registry import limits_of
from shared.text import split
from shared.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, OUTBOUND_MESSAGES, Topic, key_for


def answered(request: AiRequest, text: str, shards: int, now: datetime) -> tuple[Output, ...]:
    """The answer, in as many messages as the provider's limit asks for."""
    return _said(request, text, Author.AI, shards, now)


def ready(request: AiRequest, shards: int) -> tuple[Output, ...]:
    """What the router had ready, as it is."""
    return tuple(_output(OUTBOUND_MESSAGES, message, request, shards) for message in request.ready)


def gave_up(
    request: AiRequest, apology: str, reason: str, question: str, shards: int, now: datetime
) -> tuple[Output, ...]:
    """An honest apology, and a person is asked for. question: what the customer wanted to know."""
    hand_off = HandOff(
        id=ids.output_id(request.id, "hand_off"),
        workspace=request.workspace,
        correlation_id=request.correlation_id,
        created_at=now,
        conversation_id=request.conversation_id,
        by="ai",
        reason=f"no answer from a model ({reason})",
        question=question[:500],
    )
    return (
        *_said(request, apology, Author.SYSTEM, shards, now),
        _output(CONVERSATION_COMMANDS, hand_off, request, shards),
    )


def budget_spent(request: AiRequest, day: str, usd: Decimal, shards: int, now: datetime) -> Output:
    """The owner is told that nothing is left of the day's budget; the event of a day has one id, whoever makes it."""
    event = ConversationEvent(
        id=ids.derived_id("budget-spent", request.workspace, day),
        workspace=request.workspace,
        correlation_id=request.correlation_id,
        created_at=now,
        kind=EventKind.BUDGET_SPENT,
        conversation_id=request.conversation_id,
        detail=f"the budget of USD {usd} for models is spent on {day}",
    )
    return _output(CONVERSATION_EVENTS, event, request, shards)


def _said(request: AiRequest, text: str, author: Author, shards: int, now: datetime) -> tuple[Output, ...]:
    return tuple(
        _output(
            OUTBOUND_MESSAGES,
            OutboundMessage(
                id=ids.output_id(request.id, "answer", index - request.index),
                workspace=request.workspace,
                correlation_id=request.correlation_id,
                created_at=now,
                provider=request.provider,
                channel=request.channel,
                conversation_id=request.conversation_id,
                customer_id=request.customer_id,
                address=request.address,
                body=TextBody(body=piece),
                author=author,
                cause=request.id,
                turn=request.turn,
                index=index,
                received_at=request.received_at,
            ),
            request,
            shards,
        )
        for index, piece in enumerate(split(text, limits_of(request.provider).text), start=request.index)
    )


def _output(topic: Topic, message: Message, request: AiRequest, shards: int) -> Output:
    key = key_for(request.workspace, request.conversation_id, request.shards or shards)
    return Output(topic.name, key, encode(message))
