"""The right to make the next attempt for a message. Its document is stored as `sending` before the provider is called,
so a record that is delivered again finds what became of it (`shared.repositories.outbound`).

A message that may not be attempted yet (`readiness`) waits: a short time in its lane, a longer one on `outbound.retry`;
or it is held. A message found as `sending` is in doubt (`doubt`).
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import msgspec

from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.decisions import NO_REASON, event_of_record
from services.delivery.sending.doubt import DoubtResolver
from services.delivery.sending.order import ConversationOrder, OutboundJob, Place
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.readiness import READY, Readiness, ReadinessCheck
from services.delivery.sending.reply_slots import ReplySlots, wait_for_slot
from services.delivery.sending.states import HELD, NEW, SENDING, WAITING, Effect, Event, Transition, transition
from shared.clock import Clock
from shared.errors import RetryLater
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.repositories.outbound_order import PlaceTaken
from shared.repositories.outbound_views import OutboundState, StoredOutbound
from shared.storage.buckets import SendSlot
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

_TRUSTED = 2.0  # seconds for which a claim holds without a look into MongoDB: no replica takes it so soon
_SHORT_WAIT = 0.05  # seconds that a claimed message waits for its slot in the pace
_READ_AGAIN = 0.05  # seconds until a message whose remembered previous one has a successor is looked at again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claimed attempt. charged: earlier attempts that counted. since: when the message was taken up, or up again.
    number: of the attempt, from 1.

    taken_at: monotonic seconds. window_closed: the provider reported that the window is closed. replaced: a template
    was sent instead in an earlier attempt. is_last: this process has stored it as the last message of its conversation.
    """

    job: OutboundJob
    claim: str
    charged: int
    since: datetime
    taken_at: float
    number: int = 1
    window_closed: bool = False
    replaced: bool = False
    is_last: bool = False


class _Next(Enum):
    """The next step when a record leads to no attempt."""

    FINISH = auto()
    READ_AGAIN = auto()  # the document has changed


class Claims:
    """Made once per process."""

    def __init__(
        self,
        publisher: DeliveryPublisher,
        readiness: ReadinessCheck,
        order: ConversationOrder,
        doubt: DoubtResolver,
        own_claims: OwnClaims,
        slots: ReplySlots,
        clock: Clock,
    ) -> None:
        self._publisher = publisher
        self._readiness = readiness
        self._order = order
        self._doubt = doubt
        self._own_claims = own_claims
        self._slots = slots
        self._clock = clock

    async def take_first(self, job: OutboundJob) -> Attempt | None:
        """Return the attempt to make now; None: none. Raises RetryLater for a short wait, and DependencyAway."""
        place = await self._order.place(job)
        readiness = await self._readiness.check_before_pace(job, place)
        if readiness is READY and self._slots.is_likely(job):
            return await self._take_beside_slot(job, place)
        if readiness is READY:
            readiness = await self._readiness.take_slot(job)
        self._readiness.raise_if_short_wait(readiness)
        change = transition(NEW, readiness.event)
        claimed = await self._store_first(job, place, change.next_state, readiness.not_before)
        if isinstance(claimed, StoredOutbound):
            return await self.take_again(job, claimed)
        if change.does(Effect.CALL_PROVIDER):
            return claimed
        await self._after_wait_stored(job, change, readiness, attempt=0)
        return None

    async def _take_beside_slot(self, job: OutboundJob, place: Place) -> Attempt | None:
        """Claim a reply while its slot in the pace is taken, as it most likely has one at once."""
        async with self._slots.taking(job) as slot:
            claimed = await self._store_first(job, place, SENDING, None)
            if isinstance(claimed, StoredOutbound):
                return await self.take_again(job, claimed)
            with self._own_claims.preparing(claimed.claim):
                return await self._with_slot(claimed, await slot)

    async def _with_slot(self, attempt: Attempt, slot: SendSlot) -> Attempt | None:
        """Return the attempt when its slot has come. Until then it is stored as `waiting`, so that it is not in doubt
        if this process dies.
        """
        if not slot.refused and slot.seconds <= _SHORT_WAIT:
            await wait_for_slot(slot)
            return attempt
        job, not_before = attempt.job, self._clock.now() + timedelta(seconds=slot.seconds)
        claimed = StoredOutbound(id=job.message.id, state=SENDING, claimed_at=attempt.since, claim=attempt.claim)
        readiness, aside = Readiness(Event.NOT_READY, not_before), self._own_claims.new_claim()
        change = transition(SENDING, readiness.event)
        if not await job.repository.put_aside(claimed, aside, WAITING, not_before, possible_duplicate=False):
            return await self.resume(job)
        if slot.refused:
            await self._after_wait_stored(job, change, readiness, attempt=attempt.number)
            return None
        await wait_for_slot(slot)
        waiting = msgspec.structs.replace(claimed, state=WAITING, claim=aside)
        again = await self._reclaim(job, waiting, doubtful=False)
        return dataclasses.replace(again, is_last=attempt.is_last) if again else await self.resume(job)

    async def _store_first(
        self, job: OutboundJob, place: Place, state: OutboundState, not_before: datetime | None
    ) -> Attempt | StoredOutbound:
        """Store a message for the first time; return its first attempt, or what is stored already."""
        claim, taken_at, now = self._own_claims.new_claim(), self._clock.monotonic(), self._clock.now()

        async def store(follows: str) -> StoredOutbound | None:
            return await job.repository.claim(
                job.message, claim, now, state=state, not_before=not_before, follows=follows
            )

        is_last = bool(place.follows)
        if is_last:
            self._order.forget(job.message)
        with self._own_claims.preparing(claim):
            try:
                stored = await store(place.follows)
            except PlaceTaken:
                if place.remembered:
                    raise RetryLater(_READ_AGAIN) from None
                is_last, stored = False, await store("")
        return stored or Attempt(job, claim, 0, now, taken_at, is_last=is_last)

    def finish(self, attempt: Attempt) -> None:
        """Note that a message is sent or failed, and that this is stored."""
        if attempt.is_last:
            self._order.finish(attempt.job.message)

    async def take_retried(self, job: OutboundJob) -> Attempt | None:
        """Return the attempt to make for a record of `outbound.retry`; see `take_first`."""
        stored = await job.repository.get(job.message.id)
        return await self.take_again(job, stored) if stored else await self.take_first(job)

    async def resume(self, job: OutboundJob) -> Attempt | None:
        """Return the next attempt for a message whose claim was lost, or whose attempt has ended."""
        return await self.take_again(job, await job.repository.get(job.message.id))

    async def take_again(self, job: OutboundJob, stored: StoredOutbound | None) -> Attempt | None:
        """Return the attempt to make for a message that was claimed before; None: none.

        Raises RetryLater when its channel opens soon, and DependencyAway.
        """
        while stored is not None:
            step = await self._step(job, stored)
            if isinstance(step, Attempt):
                return step
            if step is _Next.FINISH:
                return None
            stored = await job.repository.get(job.message.id)
        log.warning("The claimed message is not stored", message_id=job.message.id)
        return None

    @contextmanager
    def preparing(self, attempt: Attempt) -> Iterator[None]:
        """Wrap what comes before the call of the provider: when it fails, there is no call."""
        with self._own_claims.preparing(attempt.claim):
            yield

    @contextmanager
    def calling(self, attempt: Attempt) -> Iterator[None]:
        """Wrap the call of the provider."""
        with self._own_claims.calling(attempt.claim):
            yield

    async def still_holds(self, attempt: Attempt) -> bool:
        """Return whether a claim still holds: a process that was paused for long may have lost it. Raises
        DependencyAway.
        """
        if self._clock.monotonic() - attempt.taken_at < _TRUSTED:
            return True
        with self._own_claims.preparing(attempt.claim):
            stored = await attempt.job.repository.get(attempt.job.message.id)
        return stored is not None and stored.state is SENDING and stored.claim == attempt.claim

    async def _step(self, job: OutboundJob, stored: StoredOutbound) -> Attempt | _Next:
        event = event_of_record(stored.state, stored_attempt=stored.attempt, record_attempt=job.message.attempt)
        if event is not None:
            await self._publish_again(job, stored, transition(stored.state, event))
            return _Next.FINISH
        if stored.state is SENDING and not await self._doubt.may_send_again(job, stored):
            return _Next.READ_AGAIN
        readiness = await self._readiness.check(job)
        if stored.state is WAITING and not readiness.after_previous:
            self._readiness.raise_if_short_wait(readiness)
        change = transition(stored.state, readiness.event)
        doubtful = change.does(Effect.MARK_POSSIBLE_DUPLICATE) and self._doubt.is_doubtful(stored)
        if change.does(Effect.CALL_PROVIDER):
            return await self._reclaim(job, stored, doubtful=doubtful) or _Next.READ_AGAIN
        put_aside = await job.repository.put_aside(
            stored,
            self._own_claims.new_claim(),
            change.next_state,
            readiness.not_before,
            possible_duplicate=doubtful,
        )
        if not put_aside:
            return _Next.READ_AGAIN
        await self._after_wait_stored(job, change, readiness, attempt=stored.attempt)
        return _Next.FINISH

    async def _reclaim(self, job: OutboundJob, stored: StoredOutbound, *, doubtful: bool) -> Attempt | None:
        claim, taken_at = self._own_claims.new_claim(), self._clock.monotonic()
        with self._own_claims.preparing(claim):
            if not await job.repository.reclaim(stored, claim, self._clock.now(), possible_duplicate=doubtful):
                return None
        if doubtful:
            metrics.IN_DOUBT.labels("sent_again").inc()
            log.warning("In doubt, sending again", message_id=job.message.id, attempt=stored.attempt + 1)
        return Attempt(
            job,
            claim,
            stored.charged,
            stored.since or stored.claimed_at,
            taken_at,
            number=stored.attempt + 1,
            window_closed=stored.window_closed,
            replaced=stored.instead is not None,
        )

    async def _after_wait_stored(
        self, job: OutboundJob, change: Transition, readiness: Readiness, *, attempt: int
    ) -> None:
        if change.next_state is HELD:
            metrics.HELD.labels("held").inc()
        if change.does(Effect.SCHEDULE_RETRY):
            await self._publisher.schedule_retry(
                job.message, job.channel, attempt=attempt, not_before=readiness.not_before
            )

    async def _publish_again(self, job: OutboundJob, stored: StoredOutbound, change: Transition) -> None:
        """Publish again what may have been lost the first time."""
        if change.does(Effect.SCHEDULE_RETRY):
            not_before = stored.not_before or self._clock.now()
            await self._publisher.schedule_retry(
                job.message, job.channel, attempt=stored.attempt, not_before=not_before
            )
            return
        metrics.REDELIVERED.labels("delivery").inc()
        tracing.current().mark_redelivered()
        if change.does(Effect.PUBLISH_SENT):
            await self._publisher.sent(job.message, job.channel)
        if change.does(Effect.PUBLISH_FAILED):
            error = msgspec.convert(stored.error, ProviderError) if stored.error else NO_REASON
            reason = DeadLetterReason(stored.reason or DeadLetterReason.SEND_REJECTED)
            await self._publisher.failed(job.message, job.channel, error, reason)
