"""Events for people and integrations. Topic `conversation.events`.

Consumers of an older release cannot decode a new kind: they count the record and skip it (`OnFailure.SKIP`). So a new
kind is published only after all consumers have been upgraded.
"""

from enum import StrEnum

from shared.messages.base import Message, Part


class EventKind(StrEnum):
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_STATUS = "message.status"
    MESSAGE_FAILED = "message.failed"
    CONVERSATION_UPDATED = "conversation.updated"
    ORDER_PLACED = "order.placed"  # `detail` is its number
    BUDGET_SPENT = "budget.spent"  # the day's for models, or a customer's share of it, as `detail` says;
    # conversation_id: the first conversation without budget
    MESSAGE_CHANGED = "message.changed"  # by the customer; `detail`: edited, deleted or reaction
    COMMAND_DONE = "command.done"  # a person's command; message_id: the first message that it sends
    COMMAND_REFUSED = "command.refused"  # `detail`: the reason, such as taken-by; `by`: who has the conversation then
    NOTE_ADDED = "note.added"  # `detail`: the note's id
    FLOW_ENDED = "flow.ended"  # `detail`: see `FlowEnd`
    ORDER_CHANGED = "order.changed"  # `detail`: its number
    CUSTOMER_CHANGED = "customer.changed"  # `detail`: the customer's id
    BROADCAST_CHANGED = "broadcast.changed"  # `detail`: its id; at most one per second, with `channel`
    CHANNEL_CHANGED = "channel.changed"  # `detail`: stopped or resumed
    WEBHOOK_TEST = "webhook.test"  # a call that a person asks for; only on `webhooks.replay`
    WEBHOOKS_CHANGED = "webhooks.changed"  # of the workspace: delivery reads them again before any later event
    TEMPLATE_CHANGED = "template.changed"  # `detail`: its name and language, or empty: several


GENERAL_KINDS = frozenset(
    (
        EventKind.MESSAGE_RECEIVED,
        EventKind.MESSAGE_SENT,
        EventKind.MESSAGE_STATUS,
        EventKind.MESSAGE_FAILED,
        EventKind.CONVERSATION_UPDATED,
        EventKind.ORDER_PLACED,
        EventKind.BUDGET_SPENT,
    )
)
"""The kinds that a webhook without a list of kinds is called for. No later kind is added: systems that integrators
wrote would get what they do not know."""


class EventPresence(Part, frozen=True, kw_only=True):
    """Mark the customer's message as read and, with `typing`, show that a model's answer to it is being written.

    Delivery does so once, when it reads the event; failures are ignored. turn: of the message.
    """

    provider_message_id: str
    turn: int
    typing: bool = False


class ConversationEvent(Message, frozen=True, kw_only=True):
    """Something that happened in a conversation. message_id: the message concerned, if any. detail: such as the new
    mode or status; never a customer's text, which is in the history for those with the rights to read it.
    conversation_id: empty for an event of no conversation.

    command_id: of the command that is done or refused. by: the author of the command or note. channel: of the
    conversation, or the channel that has changed; empty: unknown. author: origin of a sent or failed message
    (`shared.messages.outbound.Author`). waited_s: seconds that the customer waited for a person's first answer, with
    the event of that answer. presence: of `message.received`, if the bot answers.
    """

    kind: EventKind
    conversation_id: str
    message_id: str | None = None
    detail: str = ""
    command_id: str = ""
    by: str = ""
    channel: str = ""
    author: str = ""
    waited_s: float | None = None
    presence: EventPresence | None = None
