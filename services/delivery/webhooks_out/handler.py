"""The handler of `conversation.events` for webhooks out: one try at once; what fails waits in MongoDB (`again`).

An event that is read twice is told twice, with the same id.
"""

from datetime import datetime, timedelta

from services.delivery.webhooks_out.caller import WebhookCaller, failure_text
from services.delivery.webhooks_out.cooldowns import BACKOFF, EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS, workspace_of
from shared.workspace.webhooks_out import StoredWebhook

MAX_AGE = timedelta(days=1)
"""How long a call is tried."""


class WebhookHandler:
    """most_waiting: failed calls of one webhook."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        calls: WebhookCaller,
        resting: EndpointCooldowns,
        giving_up: WebhookDeadLetters,
        clock: Clock,
        *,
        most_waiting: int,
    ) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._calls = calls
        self._resting = resting
        self._giving_up = giving_up
        self._clock = clock
        self._most_waiting = most_waiting

    def can_skip(self, record: Record) -> bool:
        """Whether it is known that nobody wants this event: most workspaces have no webhooks."""
        if record.topic != CONVERSATION_EVENTS.name:
            return False
        workspace = self._workspaces.fresh(workspace_of(record.key) or "")
        return workspace is not None and not workspace.webhooks

    async def on_event(self, event: ConversationEvent) -> None:
        """Something has happened. Raises DependencyAway."""
        if self._clock.now() - event.created_at > MAX_AGE:
            return  # of a topic that is read from its beginning: nobody waits for it any more
        workspace = await self._workspaces.get(event.workspace)
        for webhook in workspace.webhooks if workspace else ():
            if webhook.wants(event.kind):
                await self._first(delivery_of(event, webhook), webhook, event.created_at)

    async def on_replay(self, delivery: WebhookDelivery) -> None:
        """An operator wants it made after all: it has a day again. Raises DependencyAway."""
        workspace = await self._workspaces.get(delivery.workspace)
        webhook = next((one for one in workspace.webhooks if one.id == delivery.webhook), None) if workspace else None
        now = self._clock.now()
        if webhook is None:
            await self._giving_up.bury(delivery, now, "there is no such webhook any more")
            return
        await self._first(delivery, webhook, now)

    async def _first(self, delivery: WebhookDelivery, webhook: StoredWebhook, since: datetime) -> None:
        rests = self._resting.left(delivery.workspace, webhook.id, self._clock.monotonic())
        if rests:
            await self._wait(delivery, since, rests, "it could not be reached just before", unreachable=True)
            return
        answer = await self._calls.make(delivery, webhook)
        if answer.ok:
            await self._answered(delivery)
            return
        if answer.unreachable:
            seconds = self._resting.unreachable(delivery.workspace, webhook.id, self._clock.monotonic())
        else:
            seconds = BACKOFF.wait(0)
        await self._wait(delivery, since, seconds, failure_text(answer), unreachable=answer.unreachable)

    async def _answered(self, delivery: WebhookDelivery) -> None:
        if self._resting.answered(delivery.workspace, delivery.webhook):
            await WebhookDeliveries(self._mongo, delivery.workspace).hurry(delivery.webhook, self._clock.now())

    async def _wait(
        self, delivery: WebhookDelivery, since: datetime, seconds: float, why: str, *, unreachable: bool
    ) -> None:
        waiting = WebhookDeliveries(self._mongo, delivery.workspace)
        if await waiting.waiting(delivery.webhook) >= self._most_waiting:
            await self._giving_up.bury(delivery, since, f"too many calls wait already; {why}")
            return
        next_at = self._clock.now() + timedelta(seconds=seconds)
        await waiting.add(delivery, since, next_at, why, unreachable=unreachable)


def delivery_of(event: ConversationEvent, webhook: StoredWebhook) -> WebhookDelivery:
    """What one webhook is told of one event; the same each time."""
    return WebhookDelivery(
        id=ids.derived_id("webhook", event.workspace, webhook.id, event.id),
        workspace=event.workspace,
        correlation_id=event.correlation_id,
        created_at=event.created_at,
        webhook=webhook.id,
        event=event,
    )
