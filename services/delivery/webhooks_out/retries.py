"""Retries of failed calls, in whichever replica takes them first, until they are a day old."""

import asyncio
from datetime import timedelta

from services.delivery.webhooks_out.caller import WebhookCaller, failure_text
from services.delivery.webhooks_out.cooldowns import BACKOFF, EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import MAX_AGE
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.periodic import repeat_when_due
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_queue import DueWebhook, WebhookQueue
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.webhooks_out import StoredWebhook

log = logging.get(__name__)

_EVERY = 1.0  # seconds
_BATCH = 20  # calls at the same time
_MOST_BATCHES = 50  # in one run
_LEASE = timedelta(seconds=60)  # longer than a call may take


class WebhookRetries:
    """A part of the process."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        caller: WebhookCaller,
        cooldowns: EndpointCooldowns,
        dead_letters: WebhookDeadLetters,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._queue = WebhookQueue(mongo)
        self._workspaces = workspaces
        self._caller = caller
        self._cooldowns = cooldowns
        self._dead_letters = dead_letters
        self._clock = clock

    async def run(self, stop: asyncio.Event, due: asyncio.Event) -> None:
        """Make calls when `due` is set, and once a second while there are any, until `stop` is set."""
        await repeat_when_due(lambda: self.run_once(stop), stop, due, every=_EVERY)

    async def run_once(self, stop: asyncio.Event | None = None) -> int:
        """Make the calls that are due, some at a time; return how many. Raises DependencyAway."""
        made = 0
        for _ in range(_MOST_BATCHES):
            due: list[DueWebhook] = []
            while len(due) < _BATCH and (taken := await self._queue.take(self._clock.now(), lease=_LEASE)):
                due.append(taken)
            for result in await asyncio.gather(*(self._isolated(call) for call in due), return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
            made += len(due)
            if len(due) < _BATCH or (stop is not None and stop.is_set()):
                break
        return made

    async def _isolated(self, due: DueWebhook) -> None:
        """Log the error of one call, so that the others are made; it is due again after the lease."""
        try:
            await self._process(due)
        except DependencyAway:
            raise
        except Exception:
            log.exception("Calling a webhook failed", workspace_id=due.delivery.workspace)

    async def _process(self, due: DueWebhook) -> None:
        delivery = due.delivery
        deliveries = WebhookDeliveries(self._mongo, delivery.workspace)
        webhook = await self._webhook(due)
        now = self._clock.now()
        if webhook is None:  # removed from the workspace file
            await deliveries.remove(delivery.id)
            return
        if now - due.since >= MAX_AGE:
            await self._dead_letters.put(delivery, due.since, f"{due.error}, {due.tries} attempts in a day")
            await deliveries.remove(delivery.id)
            return
        cooldown = self._cooldowns.left(delivery.workspace, webhook.id, self._clock.monotonic())
        if cooldown:
            await deliveries.postpone(webhook.id, now + timedelta(seconds=cooldown), delivery.id)
            return
        await self._call(due, webhook, deliveries)

    async def _call(self, due: DueWebhook, webhook: StoredWebhook, deliveries: WebhookDeliveries) -> None:
        delivery = due.delivery
        answer = await self._caller.call(delivery, webhook)
        now = self._clock.now()
        if answer.ok:
            await deliveries.remove(delivery.id)
            if self._cooldowns.end(delivery.workspace, webhook.id):
                await deliveries.retry_unreachable_now(webhook.id, now)
            return
        seconds = BACKOFF.wait(due.tries)
        if answer.unreachable:
            seconds = self._cooldowns.start(delivery.workspace, webhook.id, self._clock.monotonic())
        next_at = min(now + timedelta(seconds=seconds), max(now, due.since + MAX_AGE))
        await deliveries.record_failure(delivery.id, next_at, failure_text(answer), unreachable=answer.unreachable)

    async def _webhook(self, due: DueWebhook) -> StoredWebhook | None:
        workspace = await self._workspaces.get(due.delivery.workspace)
        hooks = workspace.webhooks if workspace else ()
        return next((hook for hook in hooks if hook.id == due.delivery.webhook), None)
