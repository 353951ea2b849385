"""A call of a workspace's own system that was given up, as an operator puts it on its way again. Topic
`webhooks.replay`.
"""

from shared.messages.base import Message
from shared.messages.events import ConversationEvent


class WebhookDelivery(Message, frozen=True, kw_only=True):
    """webhook: the id of the webhook (`shared.workspace.webhooks_out`) that is to hear of the event."""

    webhook: str
    event: ConversationEvent
