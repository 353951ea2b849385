"""Builds the records that a decision publishes; their ids are derived from the record that caused them. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.messages.base import Message
from shared.messages.events import ConversationEvent, EventKind, EventPresence
from shared.messages.inbound import InboundMessage, Provider
from shared.messages.outbound import Author, Body, OutboundMessage, TemplateBody
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of
from shared.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES, Topic

Outputs = tuple[tuple[Topic, Message], ...]
OutboundRecords = tuple[tuple[Topic, OutboundMessage], ...]


def outbound_messages(
    conversation: Conversation,
    cause: Message,
    provider: Provider,
    bodies: Iterable[Body],
    author: Author,
    now: datetime,
    *,
    if_closed: TemplateBody | None = None,
    first: int = 0,
    reply_to: str | None = None,
    broadcast_flow: bool = False,
) -> OutboundRecords:
    """Return the messages that send bodies, in order; texts over the provider's limits are split.

    if_closed: replaces the first one outside the customer-service window. first: index of the first one in its turn.
    reply_to: provider's id of the message that the first one quotes. broadcast_flow: of `OutboundMessage`.
    """
    limits = limits_of(provider)
    split = [piece for body in bodies for piece in split_to_fit(body, limits)]
    return tuple(
        (
            OUTBOUND_MESSAGES,
            outbound_message(
                conversation,
                cause,
                piece,
                author,
                now,
                index=index,
                if_closed=if_closed if index == first else None,
                reply_to=reply_to if index == first else None,
                broadcast_flow=broadcast_flow,
            ),
        )
        for index, piece in enumerate(split, first)
    )


def outbound_message(
    conversation: Conversation,
    cause: Message,
    body: Body,
    author: Author,
    now: datetime,
    *,
    index: int = 0,
    if_closed: TemplateBody | None = None,
    reply_to: str | None = None,
    broadcast_flow: bool = False,
) -> OutboundMessage:
    """Return one message to the customer of a conversation."""
    return OutboundMessage(
        id=ids.output_id(cause.id, author.value, index),
        workspace=conversation.workspace,
        correlation_id=cause.correlation_id,
        created_at=now,
        provider=Provider(conversation.provider),
        channel=conversation.channel,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        address=conversation.address,
        body=body,
        author=author,
        cause=cause.id,
        turn=conversation.turn,
        index=index,
        reply_to=reply_to,
        received_at=cause.created_at if isinstance(cause, InboundMessage) else None,
        if_closed=if_closed,
        broadcast_flow=broadcast_flow,
    )


def event_presence(conversation: Conversation, message: InboundMessage, *, typing: bool) -> EventPresence:
    """Return what marks the customer's message as read and, with `typing`, shows that an answer is written."""
    return EventPresence(provider_message_id=message.provider_message_id, turn=conversation.turn, typing=typing)


def message_events(
    conversation: Conversation,
    message: InboundMessage,
    now: datetime,
    *,
    updated: str = "",
    presence: EventPresence | None = None,
) -> Outputs:
    """Return the events that a message was received and, with `updated`, that the conversation changed."""
    events: list[tuple[Topic, Message]] = [
        (
            CONVERSATION_EVENTS,
            conversation_event(
                conversation, message, EventKind.MESSAGE_RECEIVED, now, message_id=message.id, presence=presence
            ),
        )
    ]
    if updated:
        events.append(
            (
                CONVERSATION_EVENTS,
                conversation_event(conversation, message, EventKind.CONVERSATION_UPDATED, now, detail=updated),
            )
        )
    return tuple(events)


def conversation_event(
    conversation: Conversation,
    cause: Message,
    kind: EventKind,
    now: datetime,
    *,
    message_id: str | None = None,
    detail: str = "",
    **more: Any,
) -> ConversationEvent:
    """Return the event of something that `cause` led to in a conversation. more: further fields of the event."""
    return ConversationEvent(
        id=ids.output_id(cause.id, kind.value),
        workspace=conversation.workspace,
        correlation_id=cause.correlation_id,
        created_at=now,
        kind=kind,
        conversation_id=conversation.id,
        message_id=message_id,
        detail=detail,
        channel=conversation.channel,
        **more,
    )
