"""Webhook calls that an operator replays after all attempts failed. Topic `webhooks.replay`."""

from shared.messages.base import Message
from shared.messages.events import ConversationEvent


class WebhookDelivery(Message, frozen=True, kw_only=True):
    """A call of a webhook out. webhook: id of the webhook (`shared.workspace.webhooks_out`) to call with the event."""

    webhook: str
    event: ConversationEvent
