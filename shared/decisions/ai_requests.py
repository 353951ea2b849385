"""Builds requests to the AI service. Pure."""

from datetime import datetime

import msgspec

from shared.domain import ids
from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.kafka.codec import encode
from shared.messages.ai import AiRequest, QuestionMessage
from shared.messages.base import Message
from shared.messages.inbound import InboundMessage, Provider
from shared.messages.outbound import OutboundMessage
from shared.topics import AI_REQUESTS

_decode = msgspec.json.Decoder(AiRequest).decode


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


def with_question(recorded: RecordedDecision, message: InboundMessage) -> RecordedDecision:
    """Return a decision whose requests have the customer's message in them, as it may not be stored when they are read.

    Only published, not stored: a message that the customer deletes is kept in one place.
    """
    outputs = tuple(
        _with_question(output, message) if output.topic == AI_REQUESTS.name else output for output in recorded.outputs
    )
    return msgspec.structs.replace(recorded, outputs=outputs)


def _with_question(output: RecordedOutput, message: InboundMessage) -> RecordedOutput:
    request = _decode(output.value)
    if request.ready:
        return output
    question = QuestionMessage(
        id=message.id,
        provider_message_id=message.provider_message_id,
        received_at=message.created_at,
        content=message.content,
        context=message.context,
    )
    return RecordedOutput(output.topic, output.key, encode(msgspec.structs.replace(request, message=question)))
