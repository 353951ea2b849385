"""Events for people and integrations. Topic `conversation.events`."""

from enum import StrEnum

from shared.messages.base import Message


class EventKind(StrEnum):
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_STATUS = "message.status"
    MESSAGE_FAILED = "message.failed"
    CONVERSATION_UPDATED = "conversation.updated"
    ORDER_PLACED = "order.placed"  # `detail` is its number
    BUDGET_SPENT = "budget.spent"  # the day's for models, or a customer's share of it, as `detail` says;
    # conversation_id: the first conversation without budget


class ConversationEvent(Message, frozen=True, kw_only=True):
    """message_id: the message concerned, if any. detail: such as the new mode or status; never a customer's text, which
    is in the history for those with the rights to read it.
    """

    kind: EventKind
    conversation_id: str
    message_id: str | None = None
    detail: str = ""
