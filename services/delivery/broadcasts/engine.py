"""Looks after the broadcasts. Any replica does; each broadcast is one replica's for a while.

A replica that stood still and lost its lease does no harm: everything it does, another one does the same way.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from services.delivery.broadcasts.handover import BroadcastHandover
from services.delivery.broadcasts.pace import BroadcastPace, most_waiting
from services.delivery.broadcasts.results import ResultReader
from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, BroadcastTemplate
from shared.errors import DependencyAway
from shared.kafka.ports import Producer
from shared.operations.broadcasts import pause_rules
from shared.operations.broadcasts.audience import Audience, AudienceUnusable
from shared.operations.broadcasts.pause_rules import PauseReason
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.periodic import repeat
from shared.providers.port import Channel
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_EVERY = 0.25  # seconds
_LEASE = timedelta(seconds=20)
_AT_ONCE = 20  # broadcasts in one look; the rest comes with the next
_MOST = 250  # recipients in one step


class BroadcastEngine:
    """A part of each delivery process; `instance` is this replica."""

    def __init__(self, mongo: Mongo, directory: Directory, producer: Producer, clock: Clock, *, instance: str) -> None:
        self._mongo = mongo
        self._directory = directory
        self._clock = clock
        self._instance = instance
        self._queue = BroadcastQueue(mongo)
        self._states = ChannelStates(mongo)
        self._audience = Audience(mongo, Workspaces(mongo, clock), clock)
        self._results = ResultReader(mongo, clock)
        self._handing = BroadcastHandover(mongo, RecipientProfiles(mongo, ErasureGuard(mongo, clock)), producer, clock)
        self._pace = BroadcastPace()

    async def run(self, stop: asyncio.Event) -> None:
        """Look a few times a second until `stop` is set; while a dependency is away it waits with the rest."""
        await repeat(self.look, stop, every=_EVERY)
        await self._let_go()

    async def look(self) -> int:
        """One look; how many broadcasts were looked after. Raises DependencyAway."""
        due = await self._queue.due(self._instance, self._clock.now(), lease=_LEASE, limit=_AT_ONCE)
        await _all([self._alone(workspace, id_) for workspace, id_ in due])
        return len(due)

    async def _alone(self, workspace: str, id_: str) -> None:
        """What goes wrong with one broadcast is no reason to neglect the others."""
        try:
            await self.step(workspace, id_)
        except DependencyAway:
            raise
        except Exception:
            log.exception("A broadcast could not be looked after", workspace_id=workspace, broadcast=id_)

    async def step(self, workspace: str, id_: str) -> None:
        """Bring one broadcast on by a little. Raises DependencyAway."""
        broadcast = await Broadcasts(self._mongo, workspace).get(id_)
        if broadcast is None:
            return
        match broadcast.stage:
            case BroadcastStage.SCHEDULED:
                await self._freeze(broadcast)
            case BroadcastStage.RUNNING:
                await self._go_on(broadcast)
            case _:
                await self._follow(broadcast)

    async def _freeze(self, broadcast: Broadcast) -> None:
        if broadcast.start_at is not None and broadcast.start_at > self._clock.now():  # paused and resumed before it
            await self._broadcasts(broadcast).look_again(broadcast, broadcast.start_at)
            return
        try:
            total = await self._audience.freeze(broadcast)
        except AudienceUnusable as error:
            await self._pause(broadcast, PauseReason("audience", str(error)))
            return
        if total is not None and await self._broadcasts(broadcast).frozen(broadcast.id, total, self._clock.now()):
            log.info("A broadcast begins", workspace_id=broadcast.workspace, broadcast=broadcast.id, recipients=total)

    async def _go_on(self, broadcast: Broadcast) -> None:
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        channel = await self._directory.channel(broadcast.workspace, broadcast.channel)
        trip = await self._trip(broadcast, recipients, channel)
        if trip is None and channel is None:
            trip = PauseReason("channel", f"there is no channel {broadcast.channel} (any more)")
        if trip is not None or channel is None:
            await self._pause(broadcast, trip)
            return
        waiting = await recipients.waiting(broadcast.id)
        room = most_waiting(broadcast.rate) - waiting
        allowed = self._pace.allows(broadcast.id, broadcast.rate, self._clock.monotonic())
        count = min(room, allowed, _MOST)
        pending = await recipients.pending(broadcast.id, max(1, count))
        if not pending and not waiting:
            if await self._broadcasts(broadcast).done(broadcast.id, self._clock.now()):
                log.info("A broadcast is done", workspace_id=broadcast.workspace, broadcast=broadcast.id)
            return
        if pending and count > 0:
            await self._handing.hand_over(broadcast, channel, pending)
            self._pace.used(broadcast.id, len(pending))
        await self._again(broadcast, _EVERY)

    async def _trip(
        self, broadcast: Broadcast, recipients: BroadcastRecipients, channel: Channel | None
    ) -> PauseReason | None:
        """Whether to stop now. What was found of the messages is recorded on the way."""
        found = await self._results.read(broadcast)
        since = broadcast.resumed_at or broadcast.created_at
        return (
            pause_rules.channel_stopped(await self._states.stopped(), broadcast.workspace, broadcast.channel)
            or pause_rules.template_unusable(await self._template(broadcast, channel), self._clock.now())
            or pause_rules.spam_limit(found, since)
            or pause_rules.failing(
                await recipients.results(broadcast.id, since, pause_rules.LATEST), broadcast.most_failures
            )
        )

    async def _template(self, broadcast: Broadcast, channel: Channel | None) -> ProviderTemplate | None:
        """Return the broadcast's template as the provider last reported it; None: unknown."""
        what, account = broadcast.what, channel.settings.get("waba_id", "") if channel else ""
        if not isinstance(what, BroadcastTemplate) or not account:
            return None
        return await ProviderTemplates(self._mongo, broadcast.workspace).get(account, what.name, what.language)

    async def _follow(self, broadcast: Broadcast) -> None:
        """Nothing more is sent; what is on its way still gets where it gets."""
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        if broadcast.stage is BroadcastStage.CANCELLED:
            await recipients.cancel(broadcast.id)
        await self._results.read(broadcast)
        await self._broadcasts(broadcast).look_again(broadcast, await recipients.next_due(broadcast.id))

    async def _pause(self, broadcast: Broadcast, trip: PauseReason | None) -> None:
        if trip is None:
            return
        if await self._broadcasts(broadcast).pause(broadcast.id, trip.why, self._clock.now()):
            metrics.BROADCAST_PAUSES.labels(trip.kind).inc()
            log.error(
                "A broadcast stopped by itself",
                workspace_id=broadcast.workspace,
                broadcast=broadcast.id,
                reason=trip.why,
            )

    async def _again(self, broadcast: Broadcast, seconds: float) -> None:
        at = self._clock.now() + timedelta(seconds=seconds)
        await self._broadcasts(broadcast).look_again(broadcast, at)

    async def _let_go(self) -> None:
        try:
            await self._queue.release(self._instance)
        except DependencyAway:
            return  # the leases end by themselves

    def _broadcasts(self, broadcast: Broadcast) -> Broadcasts:
        return Broadcasts(self._mongo, broadcast.workspace)


async def _all(steps: Sequence[Awaitable[None]]) -> None:
    """All of them to their ends. Raises what one of them has raised."""
    for result in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
