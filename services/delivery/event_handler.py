"""The handler of `conversation.events`: shows the presence of a received message, then calls webhooks out.

The router's event carries the presence, so that it needs no record, and no fetch, of its own. It is a courtesy: an old
one is not shown, and a redelivered one is shown twice.
"""

from datetime import timedelta

from services.delivery.presence import PresenceSender
from services.delivery.sending.order import ConversationOrder
from services.delivery.webhooks_out.handler import WebhookHandler
from shared.clock import Clock
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent, EventPresence
from shared.messages.outbound import Presence
from shared.providers.port import OutgoingMessage
from shared.repositories.directory import Directory

_MOST_AGE = timedelta(minutes=10)  # of an event whose presence is shown; the topic may be read from its beginning
_TYPING_AGE = timedelta(seconds=20)  # a provider shows "typing" for 25 s
_HAS_PRESENCE = b'"presence":{'


class EventHandler:
    """Made once per process. order: of the messages that this process has sent."""

    def __init__(
        self,
        directory: Directory,
        presence: PresenceSender,
        order: ConversationOrder,
        webhooks: WebhookHandler,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._presence = presence
        self._order = order
        self._webhooks = webhooks
        self._clock = clock

    def can_skip(self, record: Record) -> bool:
        """Return whether an event has no presence and is known to be of a workspace without webhooks."""
        return self._webhooks.can_skip(record) and _HAS_PRESENCE not in record.value

    async def on_event(self, event: ConversationEvent) -> None:
        """Show the presence of an event and post the event to the webhooks that want it. Raises DependencyAway."""
        if event.presence is not None:
            await self._show(event, event.presence)
        await self._webhooks.on_event(event)

    async def _show(self, event: ConversationEvent, presence: EventPresence) -> None:
        age = self._clock.now() - event.created_at
        if age > _MOST_AGE:
            return
        channel = await self._directory.channel(event.workspace, event.channel)
        if channel is None:
            return
        typing = (
            presence.typing
            and age <= _TYPING_AGE
            and not self._order.has_answered(event.conversation_id, presence.turn)
        )
        body = Presence(provider_message_id=presence.provider_message_id, typing=typing)
        self._presence.begin(channel, OutgoingMessage(id=event.id, address="", body=body))
