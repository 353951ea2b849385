"""Advances the broadcasts. Any replica does; each broadcast is leased to one at a time.

A replica that was paused and lost its lease does no harm: every step has the same result in another replica. The steps
of different broadcasts do not wait for each other: that of a large audience may take seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.delivery.broadcasts.changes import BroadcastChanges
from services.delivery.broadcasts.pace import BroadcastPace, most_in_flight
from services.delivery.broadcasts.publishing import BroadcastPublisher
from services.delivery.broadcasts.results import ResultReader
from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.errors import DependencyAway
from shared.kafka.ports import Producer
from shared.messages.broadcast_content import BroadcastTemplate
from shared.operations.broadcasts import pause_rules
from shared.operations.broadcasts.audience import Audience, AudienceUnusable
from shared.operations.broadcasts.pause_rules import PauseReason
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.periodic import repeat_when_due
from shared.providers.port import Channel
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.outbound_views import DeliveryProgress
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_EVERY = 0.25  # seconds
_RESULTS_EVERY = 1.0  # seconds, when all messages are published: results are not due sooner
_HELD_BACK = 1.0  # seconds, when a change was not reported: another report was made just before
_REST_AFTER = 8  # runs without a broadcast that is due
_LEASE = timedelta(seconds=20)
_MOST_BEGUN = 20  # steps in one run; the rest is due in the next
_MOST_STEPS = 100  # at the same time
_MOST_RECIPIENTS = 250  # in one step


@dataclass(frozen=True, slots=True)
class _Step:
    """The result of a step. changed: people would see a change: a stage, or recipients with another state. next_at:
    when the next look is due, unless the stage has changed; None: never.
    """

    changed: bool
    next_at: datetime | None


class BroadcastEngine:
    """A part of the process. instance: this replica. changes: reports the progress; None: nobody does."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        producer: Producer,
        clock: Clock,
        *,
        instance: str,
        changes: BroadcastChanges | None = None,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._clock = clock
        self._instance = instance
        self._queue = BroadcastQueue(mongo)
        self._states = ChannelStates(mongo)
        self._audience = Audience(mongo, Workspaces(mongo, clock), clock)
        self._results = ResultReader(mongo, clock)
        self._publisher = BroadcastPublisher(
            mongo, RecipientProfiles(mongo, ErasureGuard(mongo, clock)), producer, clock
        )
        self._pace = BroadcastPace()
        self._changes = changes
        self._stepping: set[str] = set()  # ids of the broadcasts whose step is being made

    async def run(self, stop: asyncio.Event, due: asyncio.Event) -> None:
        """Advance broadcasts when `due` is set, and four times a second while there are any, until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            await repeat_when_due(lambda: self.start_due(tasks), stop, due, every=_EVERY, rest_after=_REST_AFTER)
        await self._release_leases()

    async def start_due(self, tasks: asyncio.TaskGroup) -> int:
        """Begin a step of each broadcast that is due, without one that is being made; return how many are due. Raises
        DependencyAway.
        """
        most = min(_MOST_BEGUN + len(self._stepping), _MOST_STEPS)
        due = await self._queue.due(self._instance, self._clock.now(), lease=_LEASE, limit=most)
        for workspace, id_ in due:
            if id_ not in self._stepping:
                self._stepping.add(id_)
                tasks.create_task(self._isolated(workspace, id_))
        return len(due)

    async def _isolated(self, workspace: str, id_: str) -> None:
        """Make a step; log its error, so that the others advance all the same. The broadcast is due again then."""
        try:
            await self.step(workspace, id_)
        except DependencyAway as error:
            metrics.SLOWED.labels(error.dependency).inc()
        except Exception:
            log.exception("Advancing a broadcast failed", workspace_id=workspace, broadcast=id_)
        finally:
            self._stepping.discard(id_)

    async def step(self, workspace: str, id_: str) -> None:
        """Make the next step of one broadcast, report its change, then schedule the next look: a report that fails is
        made again. Raises DependencyAway.
        """
        broadcast = await Broadcasts(self._mongo, workspace).get(id_)
        if broadcast is None:
            return
        step = await self._step(broadcast)
        next_at = step.next_at
        if self._changes is not None and await self._changes.report(broadcast, changed=step.changed):
            soon = self._in(_HELD_BACK)
            next_at = min(next_at or soon, soon)
        await self._broadcasts(broadcast).schedule(broadcast, next_at)

    async def _step(self, broadcast: Broadcast) -> _Step:
        match broadcast.stage:
            case BroadcastStage.SCHEDULED:
                return await self._freeze(broadcast)
            case BroadcastStage.RUNNING:
                return await self._send_next(broadcast)
            case _:
                return await self._record_results(broadcast)

    async def _freeze(self, broadcast: Broadcast) -> _Step:
        if broadcast.start_at is not None and broadcast.start_at > self._clock.now():  # paused and resumed before it
            return _Step(changed=True, next_at=broadcast.start_at)
        try:
            total = await self._audience.freeze(broadcast)
        except AudienceUnusable as error:
            return await self._pause(broadcast, PauseReason("audience", str(error)))
        if total is not None and await self._broadcasts(broadcast).begin(broadcast.id, total, self._clock.now()):
            log.info("Broadcast begins", workspace_id=broadcast.workspace, broadcast=broadcast.id, recipients=total)
        return self._at_once()

    async def _send_next(self, broadcast: Broadcast) -> _Step:
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        channel = await self._directory.channel(broadcast.workspace, broadcast.channel)
        found = await self._results.read(broadcast)
        pause = await self._pause_reason(broadcast, recipients, channel, found.progress)
        if pause is None and channel is None:
            pause = PauseReason("channel", f"there is no channel {broadcast.channel} (or no longer)")
        if pause is not None:
            return await self._pause(broadcast, pause)
        assert channel is not None  # noqa: S101 - without one there is a reason to pause
        in_flight = await recipients.in_flight(broadcast.id)
        room = most_in_flight(broadcast.rate) - in_flight
        allowed = self._pace.allows(broadcast.id, broadcast.rate, self._clock.monotonic())
        count = min(room, allowed, _MOST_RECIPIENTS)
        of_both = broadcast.other is not None
        pending = await recipients.pending(broadcast.id, max(1, count), of_both=of_both)
        if not pending and not in_flight:
            if await self._broadcasts(broadcast).finish(broadcast.id, self._clock.now()):
                log.info("Broadcast is done", workspace_id=broadcast.workspace, broadcast=broadcast.id)
            return self._at_once()
        if pending and count > 0:
            await self._publisher.publish(broadcast, channel, pending)
            self._pace.use(broadcast.id, len(pending))
        return _Step(
            changed=found.changed or bool(pending and count > 0),
            next_at=self._in(_EVERY if pending else _RESULTS_EVERY),
        )

    async def _pause_reason(
        self,
        broadcast: Broadcast,
        recipients: BroadcastRecipients,
        channel: Channel | None,
        found: Sequence[DeliveryProgress],
    ) -> PauseReason | None:
        """Return why to pause now, if at all. found: progress that was read just now."""
        since = broadcast.resumed_at or broadcast.created_at
        return (
            pause_rules.channel_stopped(await self._states.stopped_channel(broadcast.workspace, broadcast.channel))
            or pause_rules.templates_unusable(await self._templates(broadcast, channel), self._clock.now())
            or pause_rules.spam_limit(found, since)
            or pause_rules.failing(
                await recipients.results(broadcast.id, since, pause_rules.LATEST), broadcast.most_failures
            )
        )

    async def _templates(self, broadcast: Broadcast, channel: Channel | None) -> list[ProviderTemplate]:
        """Return the broadcast's templates as the provider last reported them, without unknown ones."""
        account = channel.settings.get("waba_id", "") if channel else ""
        templates = ProviderTemplates(self._mongo, broadcast.workspace)
        found = [
            await templates.get(account, what.name, what.language)
            for what in broadcast.contents
            if isinstance(what, BroadcastTemplate) and account
        ]
        return [one for one in found if one is not None]

    async def _record_results(self, broadcast: Broadcast) -> _Step:
        """Record the results of messages in flight; nothing more is sent."""
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        if broadcast.stage is BroadcastStage.CANCELLED:
            await recipients.cancel(broadcast.id)
        if broadcast.stage is BroadcastStage.DONE and await recipients.pending(broadcast.id, 1):
            # A retry made them pending at the moment of the broadcast's end.
            await self._broadcasts(broadcast).reopen(broadcast.id, self._clock.now())
            return self._at_once()
        found = await self._results.read(broadcast)
        return _Step(changed=found.changed, next_at=await recipients.next_due(broadcast.id))

    async def _pause(self, broadcast: Broadcast, pause: PauseReason) -> _Step:
        if await self._broadcasts(broadcast).pause(broadcast.id, pause.why, self._clock.now(), cause=pause.kind):
            metrics.BROADCAST_PAUSES.labels(pause.kind).inc()
            log.error(
                "Broadcast paused",
                workspace_id=broadcast.workspace,
                broadcast=broadcast.id,
                reason=pause.why,
            )
        return self._at_once()

    def _at_once(self) -> _Step:
        """Return a step after which the broadcast is looked at again at once: its stage has changed, most likely."""
        return _Step(changed=True, next_at=self._clock.now())

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)

    async def _release_leases(self) -> None:
        try:
            await self._queue.release(self._instance)
        except DependencyAway:
            return  # the leases expire

    def _broadcasts(self, broadcast: Broadcast) -> Broadcasts:
        return Broadcasts(self._mongo, broadcast.workspace)
