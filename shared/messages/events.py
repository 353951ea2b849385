"""What happened, for people and integrations. Topic `conversation.events`."""

from enum import StrEnum

from shared.messages.base import Message


class EventKind(StrEnum):
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_STATUS = "message.status"
    MESSAGE_FAILED = "message.failed"
    CONVERSATION_UPDATED = "conversation.updated"
    ORDER_PLACED = "order.placed"  # `detail` is its number
    BUDGET_SPENT = "budget.spent"  # the day's, for models, or a customer's share of it: `detail` says which of them;
    # the conversation is the first that it was too small for


class ConversationEvent(Message, frozen=True, kw_only=True):
    """message_id: the message it is about, if one. detail: a few words, such as the new mode or status; never text that
    a customer wrote: who needs that reads it from the history, with the rights to do so.
    """

    kind: EventKind
    conversation_id: str
    message_id: str | None = None
    detail: str = ""
