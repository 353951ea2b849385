"""Builds requests to the AI service. Pure."""

from datetime import datetime

from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.messages.ai import AiRequest
from shared.messages.base import Message
from shared.messages.inbound import InboundMessage, Provider
from shared.messages.outbound import OutboundMessage


def ai_request(
    conversation: Conversation,
    cause: Message,
    now: datetime,
    *,
    message_ids: tuple[str, ...] = (),
    ready: tuple[OutboundMessage, ...] = (),
    not_before: datetime | None = None,
    brief: str = "",
    index: int = 0,
) -> AiRequest:
    """Return the request for the conversation's present turn. For the arguments see `AiRequest`."""
    return AiRequest(
        id=ids.output_id(cause.id, "ai"),
        workspace=conversation.workspace,
        correlation_id=cause.correlation_id,
        created_at=now,
        provider=cause.provider if isinstance(cause, InboundMessage) else Provider(conversation.provider),
        channel=conversation.channel,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        address=conversation.address,
        message_ids=message_ids,
        turn=conversation.turn,
        received_at=cause.created_at if isinstance(cause, InboundMessage) else None,
        ready=ready,
        shards=conversation.shards,
        not_before=not_before,
        brief=brief,
        index=index,
    )
