"""The handler of `conversation.events` for webhooks out: one call at once; a failed one waits in MongoDB (`retries`).

A redelivered event is posted again, with the same id.
"""

from datetime import datetime, timedelta

from services.delivery.webhooks_out.call_log import WebhookCallLog
from services.delivery.webhooks_out.caller import WebhookCaller, failure_text
from services.delivery.webhooks_out.cooldowns import BACKOFF, EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.waiting import WaitingCalls
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import WAITING
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS, workspace_of
from shared.workspace.webhooks_out import StoredWebhook

MAX_AGE = timedelta(days=1)
"""Age at which a failed call is given up."""
_PATIENCE = 0.2  # seconds
_PATIENCE_UNWANTED = 0.5  # "typing" waits as long at most
_WANTED_FOR = 600.0
_CHANGED = f'"kind":"{EventKind.WEBHOOKS_CHANGED}"'.encode()


class WebhookHandler:
    """Made once per process. most_waiting: failed calls of one webhook that may wait."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        caller: WebhookCaller,
        cooldowns: EndpointCooldowns,
        dead_letters: WebhookDeadLetters,
        log: WebhookCallLog,
        clock: Clock,
        *,
        most_waiting: int,
    ) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._caller = caller
        self._cooldowns = cooldowns
        self._dead_letters = dead_letters
        self._log = log
        self._clock = clock
        self._waiting = WaitingCalls(mongo, clock, most=most_waiting)
        self._wanted_at = -_WANTED_FOR  # when an event was last of a workspace with webhooks

    def patience(self) -> float:
        """Return the seconds by which fetches of events may be delayed: more while no workspace has webhooks."""
        return _PATIENCE if self._clock.monotonic() - self._wanted_at < _WANTED_FOR else _PATIENCE_UNWANTED

    def can_skip(self, record: Record) -> bool:
        """Return whether an event is known to be of a workspace without webhooks, as most are.

        It is asked in the order of the partition, so what follows a change of webhooks finds the changed ones.
        """
        if record.topic != CONVERSATION_EVENTS.name:
            return False
        name = workspace_of(record.key)
        if _CHANGED in record.value:
            self._workspaces.forget(name)
            return True
        workspace = self._workspaces.fresh(name)
        if workspace is None:
            return False
        if workspace.webhooks:
            self._wanted_at = self._clock.monotonic()
        return not workspace.webhooks

    async def on_event(self, event: ConversationEvent) -> None:
        """Post an event to the webhooks that want it. Raises DependencyAway."""
        if self._clock.now() - event.created_at > MAX_AGE:
            return  # the topic is read from its beginning: too old to be of use
        workspace = await self._workspaces.get(event.workspace)
        for webhook in workspace.webhooks if workspace else ():
            self._wanted_at = self._clock.monotonic()
            if webhook.wants(event.kind):
                await self._call_first(delivery_of(event, webhook), webhook, event.created_at)

    async def on_replay(self, delivery: WebhookDelivery) -> None:
        """Make a call that an operator replays, and retry it for a day again. Raises DependencyAway."""
        workspace = await self._workspaces.current(delivery.workspace)
        webhook = (
            next((hook for hook in workspace.webhooks if hook.id == delivery.webhook), None) if workspace else None
        )
        now = self._clock.now()
        if webhook is None:
            await self._dead_letters.put(delivery, now, "the webhook is no longer in the workspace file")
            return
        if delivery.event.kind is EventKind.WEBHOOK_TEST:
            await self._caller.call(delivery, webhook)  # once: a person looks at the result
            return
        await self._call_first(delivery, webhook, now)

    async def _call_first(self, delivery: WebhookDelivery, webhook: StoredWebhook, since: datetime) -> None:
        with self._cooldowns.attempt(delivery.workspace, webhook.id, self._clock.monotonic()) as allowed:
            answer = await self._caller.call(delivery, webhook) if allowed else None
            if answer is not None:
                self._cooldowns.note(delivery.workspace, webhook.id, answer, self._clock.monotonic())
        if answer is None:
            why = "it could not be reached just before"
            self._log.note(delivery, WAITING, error=why)
            await self._wait(delivery, since, 0.0, why)
        elif not answer.ok:
            seconds = 0.0 if answer.unreachable else BACKOFF.wait(0)
            await self._wait(delivery, since, seconds, failure_text(answer))

    async def _wait(self, delivery: WebhookDelivery, since: datetime, seconds: float, why: str) -> None:
        """Store a call to be made after some seconds, and not before its endpoint may be called."""
        deliveries = WebhookDeliveries(self._mongo, delivery.workspace)
        if not await self._waiting.has_room(delivery.workspace, delivery.webhook):
            if not await deliveries.waits(delivery.id):  # the event was redelivered
                await self._dead_letters.put(delivery, since, f"too many calls wait already; {why}")
            return
        if await deliveries.add(delivery, since, self._clock.now() + timedelta(seconds=seconds), why):
            self._waiting.added(delivery.workspace, delivery.webhook)


def delivery_of(event: ConversationEvent, webhook: StoredWebhook) -> WebhookDelivery:
    """Return the call of one webhook for one event; its id is derived, so a redelivery has the same."""
    return WebhookDelivery(
        id=ids.derived_id("webhook", event.workspace, webhook.id, event.id),
        workspace=event.workspace,
        correlation_id=event.correlation_id,
        created_at=event.created_at,
        webhook=webhook.id,
        event=event,
    )
