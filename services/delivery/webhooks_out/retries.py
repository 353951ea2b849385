"""Further tries of the calls that failed, in whichever replica comes first, until a day is over."""

import asyncio
from datetime import timedelta

from services.delivery.webhooks_out.caller import WebhookCaller, failure_text
from services.delivery.webhooks_out.cooldowns import BACKOFF, EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import MAX_AGE
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.periodic import repeat
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_queue import DueWebhook, WebhookQueue
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.webhooks_out import StoredWebhook

log = logging.get(__name__)

_EVERY = 1.0  # seconds
_AT_ONCE = 20
_ROUNDS = 50  # in one look
_LEASE = timedelta(seconds=60)  # longer than a call may take


class WebhookRetries:
    """A part of each delivery process."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        calls: WebhookCaller,
        resting: EndpointCooldowns,
        giving_up: WebhookDeadLetters,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._queue = WebhookQueue(mongo)
        self._workspaces = workspaces
        self._calls = calls
        self._resting = resting
        self._giving_up = giving_up
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second until `stop` is set; while a dependency is away it waits with the rest."""
        await repeat(lambda: self.look(stop), stop, every=_EVERY)

    async def look(self, stop: asyncio.Event | None = None) -> int:
        """Make what is due, a few at a time; how many that were. Raises DependencyAway."""
        made = 0
        for _ in range(_ROUNDS):
            due: list[DueWebhook] = []
            while len(due) < _AT_ONCE and (one := await self._queue.take(self._clock.now(), lease=_LEASE)):
                due.append(one)
            for result in await asyncio.gather(*(self._alone(one) for one in due), return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
            made += len(due)
            if len(due) < _AT_ONCE or (stop is not None and stop.is_set()):
                break
        return made

    async def _alone(self, waiting: DueWebhook) -> None:
        """What goes wrong with one is no reason to neglect the others; it comes again after the lease."""
        try:
            await self._make(waiting)
        except DependencyAway:
            raise
        except Exception:
            log.exception("A webhook could not be called", workspace_id=waiting.delivery.workspace)

    async def _make(self, waiting: DueWebhook) -> None:
        delivery = waiting.delivery
        calls = WebhookDeliveries(self._mongo, delivery.workspace)
        webhook = await self._webhook(waiting)
        now = self._clock.now()
        if webhook is None:  # taken out of the workspace's file: nobody wants it any more
            await calls.remove(delivery.id)
            return
        if now - waiting.since >= MAX_AGE:
            await self._giving_up.bury(delivery, waiting.since, f"{waiting.error}, {waiting.tries} times in a day")
            await calls.remove(delivery.id)
            return
        rests = self._resting.left(delivery.workspace, webhook.id, self._clock.monotonic())
        if rests:
            await calls.postpone(webhook.id, now + timedelta(seconds=rests))
            return
        await self._call(waiting, webhook, calls)

    async def _call(self, waiting: DueWebhook, webhook: StoredWebhook, calls: WebhookDeliveries) -> None:
        delivery = waiting.delivery
        answer = await self._calls.make(delivery, webhook)
        now = self._clock.now()
        if answer.ok:
            await calls.remove(delivery.id)
            if self._resting.answered(delivery.workspace, webhook.id):
                await calls.hurry(webhook.id, now)
            return
        seconds = BACKOFF.wait(waiting.tries)
        if answer.unreachable:
            seconds = self._resting.unreachable(delivery.workspace, webhook.id, self._clock.monotonic())
        next_at = min(now + timedelta(seconds=seconds), max(now, waiting.since + MAX_AGE))
        await calls.failed(delivery.id, next_at, failure_text(answer), unreachable=answer.unreachable)

    async def _webhook(self, waiting: DueWebhook) -> StoredWebhook | None:
        workspace = await self._workspaces.get(waiting.delivery.workspace)
        hooks = workspace.webhooks if workspace else ()
        return next((one for one in hooks if one.id == waiting.delivery.webhook), None)
