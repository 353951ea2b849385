"""Makes the records of an answer, or of the apology when there is none; their ids come from the request. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain import ids
from shared.domain.conversation import RecordedOutput
from shared.kafka.codec import encode
from shared.messages.ai import AiRequest
from shared.messages.base import Message
from shared.messages.cart import CartChange
from shared.messages.commands import AI, HandOff, ProposeCart
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.providers.registry import limits_of
from shared.text.splitting import split
from shared.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, OUTBOUND_MESSAGES, Topic, key_for


def answered(
    request: AiRequest,
    text: str,
    shards: int,
    now: datetime,
    *,
    hand_off: str = "",
    changes: tuple[CartChange, ...] = (),
    author: Author = Author.AI,
) -> tuple[RecordedOutput, ...]:
    """The answer, in as many messages as the provider's limit asks for, and what the model asks of the router with it.

    hand_off: why a person is to take over, if one is. changes: of the cart, that the customer is to be asked about.
    """
    said = _said(request, text, author, shards, now)
    commands: list[Message] = []
    if hand_off:
        commands.append(HandOff(reason=f"the model: {hand_off}", **_command(request, "hand_off", now)))
    if changes:
        index = request.index + len(said)
        named = _command(request, "propose_cart", now)
        commands.append(ProposeCart(turn=request.turn, index=index, changes=changes, **named))
    return (*said, *(_output(CONVERSATION_COMMANDS, command, request, shards) for command in commands))


def _command(request: AiRequest, kind: str, now: datetime) -> dict[str, Any]:
    """What every command of ours has; one of a kind for each request, whatever a second run comes to."""
    return {
        "id": ids.output_id(request.id, kind),
        "workspace": request.workspace,
        "correlation_id": request.correlation_id,
        "created_at": now,
        "conversation_id": request.conversation_id,
        "by": AI,
    }


def ready(request: AiRequest, shards: int) -> tuple[RecordedOutput, ...]:
    """What the router had ready, as it is."""
    return tuple(_output(OUTBOUND_MESSAGES, message, request, shards) for message in request.ready)


def gave_up(
    request: AiRequest, apology: str, reason: str, question: str, shards: int, now: datetime
) -> tuple[RecordedOutput, ...]:
    """An honest apology (empty: it was said before), and a person is asked for. question: what the customer wanted to
    know.
    """
    why = f"no answer from a model ({reason})"
    hand_off = HandOff(reason=why, question=question[:500], **_command(request, "hand_off", now))
    return (
        *_said(request, apology, Author.SYSTEM, shards, now),
        _output(CONVERSATION_COMMANDS, hand_off, request, shards),
    )


def share_spent(request: AiRequest, day: str, usd: Decimal, shards: int, now: datetime) -> RecordedOutput:
    """The owner is told that a customer has spent their share of the day's budget; one id for a customer's day."""
    event = ConversationEvent(
        id=ids.derived_id("share-spent", request.workspace, day, request.customer_id),
        workspace=request.workspace,
        correlation_id=request.correlation_id,
        created_at=now,
        kind=EventKind.BUDGET_SPENT,
        conversation_id=request.conversation_id,
        detail=f"this customer has spent the share of USD {usd} of the budget for models on {day}",
    )
    return _output(CONVERSATION_EVENTS, event, request, shards)


def budget_spent(request: AiRequest, day: str, usd: Decimal, shards: int, now: datetime) -> RecordedOutput:
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


def _said(request: AiRequest, text: str, author: Author, shards: int, now: datetime) -> tuple[RecordedOutput, ...]:
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


def _output(topic: Topic, message: Message, request: AiRequest, shards: int) -> RecordedOutput:
    key = key_for(request.workspace, request.conversation_id, request.shards or shards)
    return RecordedOutput(topic.name, key, encode(message))
