"""Retries of failed calls, in whichever replica takes them first, until they are a day old.

Up to ten thousand calls of one endpoint may wait, so a failure or a success changes the document of its own call only:
moving all of them with each cooldown and each answer would cost an endpoint that is down hundreds of thousands of
writes a day. Calls whose endpoint cannot be reached stay due, and memory tells whether it may be called
(`EndpointCooldowns`). After a cooldown one call tests it, and when it answers the others follow, a few at a time. A
call that failed goes behind the others of its endpoint, so that none can block them.

Each webhook has a task of its own while its calls are due. The tasks share some places in turn, and a webhook has a few
of them at most, so an endpoint that does not answer, or slowly, delays its own calls only.
"""

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
from shared.repositories.webhook_queue import DueWebhook, WebhookKey, WebhookQueue
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics
from shared.workspace.webhooks_out import StoredWebhook

log = logging.get(__name__)

_EVERY = 1.0  # seconds
_PLACES = 50  # calls at the same time: more than all webhooks of a workspace may make
_PLACES_OF_ONE = 4  # calls of a webhook at the same time
_MOST_GIVEN_UP = 100  # at a time
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
        self._places = asyncio.Semaphore(_PLACES)
        self._active: set[WebhookKey] = set()  # those that have a task

    async def run(self, stop: asyncio.Event, due: asyncio.Event) -> None:
        """Make calls when `due` is set, and once a second while there are any, until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            await repeat_when_due(lambda: self.start_due(tasks, stop), stop, due, every=_EVERY)

    async def start_due(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> bool:
        """Begin the due calls of the webhooks that may be called, and give up those that are a day old. Return whether
        any are due or being made. Raises DependencyAway.
        """
        now, due = self._clock.monotonic(), await self._queue.due(self._clock.now())
        for key in due:
            if key not in self._active and not self._cooldowns.is_cooling(*key, now):
                self._active.add(key)
                tasks.create_task(self._make_due(key, stop))
        await self._give_up_old()
        return bool(due or self._active)

    async def _make_due(self, key: WebhookKey, stop: asyncio.Event) -> None:
        """Make the due calls of a webhook: one, and while the endpoint can be reached some at a time."""
        try:
            if await self._make_next(key, stop):
                await asyncio.gather(*(self._make_each(key, stop) for _ in range(_PLACES_OF_ONE)))
        finally:
            self._active.discard(key)

    async def _make_each(self, key: WebhookKey, stop: asyncio.Event) -> None:
        while await self._make_next(key, stop):
            pass

    async def _make_next(self, key: WebhookKey, stop: asyncio.Event) -> bool:
        """Make the next call of a webhook; return False if none is due or may be made now. After an error it is due
        again when its lease ends.
        """
        due: DueWebhook | None = None
        async with self._places:
            with self._cooldowns.attempt(*key, self._clock.monotonic()) as allowed:
                if stop.is_set() or not allowed:
                    return False
                try:
                    due = await self._queue.take(key, self._clock.now(), lease=_LEASE)
                    if due is not None:
                        await self._process(due)
                except DependencyAway as error:
                    metrics.SLOWED.labels(error.dependency).inc()
                    return False
                except Exception:
                    log.exception("Calling a webhook failed", workspace_id=key.workspace)
                return due is not None

    async def _process(self, due: DueWebhook) -> None:
        delivery = due.delivery
        webhook = await self._webhook(due)
        if webhook is None:  # removed from the workspace file
            await WebhookDeliveries(self._mongo, delivery.workspace).remove(delivery.id)
        elif self._clock.now() - due.since >= MAX_AGE:
            await self._give_up(due)
        else:
            await self._call(due, webhook)

    async def _call(self, due: DueWebhook, webhook: StoredWebhook) -> None:
        delivery = due.delivery
        deliveries = WebhookDeliveries(self._mongo, delivery.workspace)
        answer = await self._caller.call(delivery, webhook)
        self._cooldowns.note(delivery.workspace, webhook.id, answer, self._clock.monotonic())
        if answer.ok:
            await deliveries.remove(delivery.id)
            return
        now = self._clock.now()
        wait = timedelta(seconds=0.0 if answer.unreachable else BACKOFF.wait(due.tries))
        next_at = min(now + wait, max(now, due.since + MAX_AGE))
        await deliveries.record_failure(delivery.id, next_at, failure_text(answer))

    async def _give_up_old(self) -> None:
        """Give up calls that are a day old, also of endpoints that may not be called now."""
        now = self._clock.now()
        for old in await self._queue.take_old(now - MAX_AGE, now, lease=_LEASE, limit=_MOST_GIVEN_UP):
            try:
                await self._give_up(DueWebhook.of(old))
            except DependencyAway:
                raise
            except Exception:
                log.exception("Giving up a call of a webhook failed", workspace_id=old["workspace"])

    async def _give_up(self, due: DueWebhook) -> None:
        await self._dead_letters.put(due.delivery, due.since, f"{due.error}, {due.tries} attempts in a day")
        await WebhookDeliveries(self._mongo, due.delivery.workspace).remove(due.delivery.id)

    async def _webhook(self, due: DueWebhook) -> StoredWebhook | None:
        """Return the webhook of a call; None: it is no longer in the workspace file."""
        for read in (self._workspaces.get, self._workspaces.current):  # it may have been added just before
            workspace = await read(due.delivery.workspace)
            for hook in workspace.webhooks if workspace else ():
                if hook.id == due.delivery.webhook:
                    return hook
        return None
