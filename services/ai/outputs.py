"""Makes the records of an answer, or of an apology; their ids are derived from the request's. Pure."""

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


def answer(
    request: AiRequest,
    text: str,
    shards: int,
    now: datetime,
    *,
    hand_off: str = "",
    changes: tuple[CartChange, ...] = (),
    author: Author = Author.AI,
) -> tuple[RecordedOutput, ...]:
    """Return the answer, split to the provider's limit, and the commands that the model's tools ask of the router.

    hand_off: the reason for a hand-off, if there is one. changes: of the cart, which the customer has to confirm.
    """
    messages = _messages(request, text, author, shards, now)
    commands: list[Message] = []
    if hand_off:
        commands.append(HandOff(reason=f"the model: {hand_off}", **_command_fields(request, "hand_off", now)))
    if changes:
        index = request.index + len(messages)
        named = _command_fields(request, "propose_cart", now)
        commands.append(ProposeCart(turn=request.turn, index=index, changes=changes, **named))
    return (*messages, *(_output(CONVERSATION_COMMANDS, command, request, shards) for command in commands))


def _command_fields(request: AiRequest, kind: str, now: datetime) -> dict[str, Any]:
    """Return the common fields of a command; each request has at most one of a kind, with a derived id."""
    return {
        "id": ids.output_id(request.id, kind),
        "workspace": request.workspace,
        "correlation_id": request.correlation_id,
        "created_at": now,
        "conversation_id": request.conversation_id,
        "by": AI,
    }


def prepared(request: AiRequest, shards: int) -> tuple[RecordedOutput, ...]:
    """Return the messages that the router prepared, unchanged."""
    return tuple(_output(OUTBOUND_MESSAGES, message, request, shards) for message in request.ready)


def apology(
    request: AiRequest, text: str, reason: str, question: str, shards: int, now: datetime
) -> tuple[RecordedOutput, ...]:
    """Return an apology (none if it is empty: it was sent before) and a hand-off. question: what the customer
    wanted."""
    why = f"no answer from a model ({reason})"
    hand_off = HandOff(reason=why, question=question[:500], **_command_fields(request, "hand_off", now))
    return (
        *_messages(request, text, Author.SYSTEM, shards, now),
        _output(CONVERSATION_COMMANDS, hand_off, request, shards),
    )


def share_spent(request: AiRequest, day: str, usd: Decimal, shards: int, now: datetime) -> RecordedOutput:
    """Return the event that a customer has spent their share of the day's budget; one id for a customer's day."""
    id_ = ids.derived_id("share-spent", request.workspace, day, request.customer_id)
    detail = f"this customer has spent the share of USD {usd} of the budget for models on {day}"
    return _budget_event(request, id_, detail, shards, now)


def budget_spent(request: AiRequest, day: str, usd: Decimal, shards: int, now: datetime) -> RecordedOutput:
    """Return the event that the day's budget is spent; one id for a workspace's day."""
    id_ = ids.derived_id("budget-spent", request.workspace, day)
    return _budget_event(request, id_, f"the budget of USD {usd} for models is spent on {day}", shards, now)


def _budget_event(request: AiRequest, id_: str, detail: str, shards: int, now: datetime) -> RecordedOutput:
    event = ConversationEvent(
        id=id_,
        workspace=request.workspace,
        correlation_id=request.correlation_id,
        created_at=now,
        kind=EventKind.BUDGET_SPENT,
        conversation_id=request.conversation_id,
        detail=detail,
    )
    return _output(CONVERSATION_EVENTS, event, request, shards)


def _messages(request: AiRequest, text: str, author: Author, shards: int, now: datetime) -> tuple[RecordedOutput, ...]:
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
