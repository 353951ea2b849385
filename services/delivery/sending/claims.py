"""Who may try a message now. The document of a message is made as `sending` before the provider is called, so a record
that comes again finds what became of it (`shared.repositories.outbound`).

One that may not be tried yet (`services.delivery.sending.readiness`) waits: a short time where it is, a longer one on
`outbound.retry`; or it is held.

Found in `sending`, it is in doubt: our id went along, so a status settles it. If none comes within the grace period it
is sent again, once, and marked as a possible duplicate, or held for a person, as the workspace chooses; in doubt a
second time, it is given up as a dead letter, for otherwise a provider that takes messages and never answers would send
the same text without end.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.readiness import READY, OutboundJob, Readiness, ReadinessCheck
from shared.clock import Clock
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.repositories.outbound_views import OutboundState, StoredOutbound
from shared.telemetry import logging, metrics, tracing
from shared.workspace.config import InDoubt

log = logging.get(__name__)

_LOOK_EVERY = 0.25
_DOUBTFUL_TRIES = 2
_TRUSTED = 2.0  # seconds for which a claim is ours without asking: nobody takes it so soon
_NEVER_ANSWERED = ProviderError(
    code="in_doubt", title="The provider did not answer, twice", detail="It may have been delivered once or twice."
)
_UNKNOWN = ProviderError(
    code="in_doubt", title="Nobody knows whether the provider has it", detail="It may have been delivered."
)
_NO_REASON = ProviderError(code="none", title="The provider gave no reason.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claimed try. charged: earlier tries that counted. since: when the message was taken up, or up again.
    number: of all its tries, from 1.

    taken_at: seconds of the monotonic clock. window_closed, replaced: the provider said so; a template stood in before.
    """

    job: OutboundJob
    claim: str
    charged: int
    since: datetime
    taken_at: float
    number: int = 1
    window_closed: bool = False
    replaced: bool = False


class Claims:
    """instance: this replica. grace: seconds to wait for a status. call_limit: seconds that a call can take at most."""

    def __init__(
        self,
        reporter: DeliveryPublisher,
        places: ReadinessCheck,
        clock: Clock,
        *,
        instance: str,
        grace: float,
        call_limit: float,
    ) -> None:
        self._reporter = reporter
        self._places = places
        self._clock = clock
        self._instance = instance
        self._grace = grace
        self._call_limit = call_limit
        self._calls = OwnClaims(f"{instance}:{clock.now().timestamp():.3f}:")

    async def first(self, job: OutboundJob) -> Attempt | None:
        """The try to make now; None when there is none. Raises RetryLater when it is soon, and DependencyAway."""
        place = await self._places.of(job)
        self._places.wait_here(place)
        claim, taken_at, now = self._new_claim(), self._clock.monotonic(), self._clock.now()
        with self._calls.made(claim):
            before = await job.repository.claim(job.message, claim, now, state=place.state, not_before=place.not_before)
        if before is not None:
            return await self.again(job, before)
        if place is READY:
            return Attempt(job, claim, 0, now, taken_at)
        await self._put_aside(job, place, attempt=0)
        return None

    async def retried(self, job: OutboundJob) -> Attempt | None:
        """The same, for a record of `outbound.retry`."""
        found = await job.repository.get(job.message.id)
        return await self.again(job, found) if found else await self.first(job)

    async def again(self, job: OutboundJob, found: StoredOutbound | None) -> Attempt | None:
        """The try to make for a message that was claimed before; None when there is none.

        Raises RetryLater when its channel opens soon, and DependencyAway.
        """
        message, repository = job.message, job.repository
        while found is not None:
            if found.state in (OutboundState.SENT, OutboundState.FAILED):
                await self._say_again(job, found)
                return None
            if found.state is OutboundState.WAITING and message.attempt != found.attempt:
                # The record of the next try may not have been written: write it, once more if need be.
                not_before = found.not_before or self._clock.now()
                await self._reporter.put_off(message, job.channel, attempt=found.attempt, not_before=not_before)
                return None
            if found.state is OutboundState.SENDING and not await self._in_doubt(job, found):
                found = await repository.get(message.id)
                continue
            place = await self._places.of(job)
            if place is READY:
                current = await self._reclaim(job, found)
                if current is not None:
                    return current
                found = await repository.get(message.id)
                continue
            if found.state is OutboundState.WAITING and not place.in_line:
                self._places.wait_here(place)
            if await self._shelve(job, found, place):
                return None
            found = await repository.get(message.id)
        log.warning("A message is gone", message_id=message.id)
        return None

    @contextmanager
    def preparing(self, current: Attempt) -> Iterator[None]:
        """Around what comes before the call of the provider: when that fails, there is no call."""
        with self._calls.made(current.claim):
            yield

    @contextmanager
    def calling(self, current: Attempt) -> Iterator[None]:
        """Around the call of the provider."""
        with self._calls.call(current.claim):
            yield

    async def is_ours(self, current: Attempt) -> bool:
        """Whether a claim still holds: a process that stood still for long may have lost it. Raises DependencyAway."""
        if self._clock.monotonic() - current.taken_at < _TRUSTED:
            return True
        with self._calls.made(current.claim):
            found = await current.job.repository.get(current.job.message.id)
        return found is not None and found.state is OutboundState.SENDING and found.claim == current.claim

    async def _in_doubt(self, job: OutboundJob, found: StoredOutbound) -> bool:
        """Wait for a status, or for whoever has the claim. True: nothing came, and it is to be sent again.

        The time of grace begins now, not when it was claimed: after an outage the status may still be on its way to us.
        """
        if self._calls.never_began(found.claim):
            return True
        # Another replica may be in the middle of its call, and so may we; who had our name before us is not.
        mine = found.claim.startswith(f"{self._instance}:") and not self._calls.runs(found.claim)
        wait = self._grace if mine else max(self._grace, self._call_limit)
        end = self._clock.monotonic() + wait
        while self._clock.monotonic() < end:
            with external_wait():
                await asyncio.sleep(_LOOK_EVERY)
            now = await job.repository.get(found.id)
            if now is None or now.state is not OutboundState.SENDING or now.claim != found.claim:
                if now is not None and now.state is OutboundState.SENT:
                    metrics.IN_DOUBT.labels("settled").inc()
                return False
        if job.channel.in_doubt == InDoubt.HOLD:
            return await self._give_up(job, found, _UNKNOWN, "held")
        if found.possible_duplicate and found.attempt >= _DOUBTFUL_TRIES:
            return await self._give_up(job, found, _NEVER_ANSWERED, "given_up")
        return True

    async def _give_up(self, job: OutboundJob, found: StoredOutbound, reason: ProviderError, outcome: str) -> bool:
        metrics.IN_DOUBT.labels(outcome).inc()
        await job.repository.failed(job.message.id, found.claim, reason, DeadLetterReason.IN_DOUBT, self._clock.now())
        return False

    async def _reclaim(self, job: OutboundJob, found: StoredOutbound) -> Attempt | None:
        in_doubt = self._doubtful(found)
        claim, taken_at = self._new_claim(), self._clock.monotonic()
        with self._calls.made(claim):
            if not await job.repository.reclaim(found, claim, self._clock.now(), possible_duplicate=in_doubt):
                return None
        if in_doubt:
            metrics.IN_DOUBT.labels("sent_again").inc()
            log.warning("In doubt, sending again", message_id=job.message.id, attempt=found.attempt + 1)
        return Attempt(
            job,
            claim,
            found.charged,
            found.since or found.claimed_at,
            taken_at,
            number=found.attempt + 1,
            window_closed=found.window_closed,
            replaced=found.instead is not None,
        )

    def _doubtful(self, found: StoredOutbound) -> bool:
        return found.state is OutboundState.SENDING and not self._calls.never_began(found.claim)

    async def _shelve(self, job: OutboundJob, found: StoredOutbound, place: Readiness) -> bool:
        """Have a claimed message wait, or be held; False when somebody else has it by now."""
        if not await job.repository.shelve(
            found, self._new_claim(), place.state, place.not_before, possible_duplicate=self._doubtful(found)
        ):
            return False
        await self._put_aside(job, place, attempt=found.attempt)
        return True

    async def _put_aside(self, job: OutboundJob, place: Readiness, *, attempt: int) -> None:
        if place.state is OutboundState.HELD:
            metrics.HELD.labels("held").inc()
        else:
            await self._reporter.put_off(job.message, job.channel, attempt=attempt, not_before=place.not_before)

    async def _say_again(self, job: OutboundJob, found: StoredOutbound) -> None:
        """What was said when it ended may not have been written."""
        metrics.REDELIVERED.labels("delivery").inc()
        tracing.current().mark_redelivered()
        if found.state is OutboundState.SENT:
            await self._reporter.sent(job.message, job.channel)
        else:
            error = msgspec.convert(found.error, ProviderError) if found.error else _NO_REASON
            await self._reporter.failed(
                job.message, job.channel, error, DeadLetterReason(found.reason or DeadLetterReason.SEND_REJECTED)
            )

    def _new_claim(self) -> str:
        return self._calls.new_claim()
