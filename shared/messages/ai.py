"""Requests of the router to the AI service."""

from datetime import datetime

from shared.messages.base import Message, Part
from shared.messages.content import Content
from shared.messages.inbound import Context, Provider
from shared.messages.outbound import OutboundMessage


class QuestionMessage(Part, frozen=True, kw_only=True):
    """The customer's message that caused a request; see `shared.messages.inbound.InboundMessage`."""

    id: str
    provider_message_id: str
    received_at: datetime
    content: Content
    context: Context = Context()


class AiRequest(Message, frozen=True, kw_only=True):
    """Request for an answer in a conversation. Topic `ai.requests`.

    id: derived from the last message to answer; the answer's ids are derived from it.
    message_ids: the customer's messages to answer, oldest first.
    turn: turn of the last of them; nothing later is in the context (see `OutboundMessage.turn`).
    address: recipient of the answer, in the provider's form. received_at: when ingress received the last message.
    ready: the router's own answer, sent after the pending answer to an earlier message, without asking a model.
    not_before: earliest start of the answer. Messages until then make a request of their own, which answers these too
    and replaces this one. brief: a flow's instructions for the answer.
    index: of the answer's first message, after those that the router itself has sent in this turn.
    shards: number of shards that the answer's key is chosen from; 0: the workspace's.
    message: the last of the messages to answer, if it may not be stored yet. It is only in the record, never stored
    with the decision.
    """

    provider: Provider
    channel: str
    conversation_id: str
    customer_id: str
    address: str
    message_ids: tuple[str, ...]
    turn: int
    received_at: datetime | None = None
    ready: tuple[OutboundMessage, ...] = ()
    shards: int = 0
    not_before: datetime | None = None
    brief: str = ""
    index: int = 0
    message: QuestionMessage | None = None
