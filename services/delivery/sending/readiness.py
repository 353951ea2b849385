"""Where a message stands, before anybody claims a try of it: it may be tried, it waits, or it is held.

In this order: its channel is stopped or paused; an earlier message of its conversation is not through; the provider has
no room yet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.sending.retry_policy import IN_PLACE
from shared.clock import Clock
from shared.errors import RetryLater
from shared.messages.outbound import OutboundMessage
from shared.providers.port import Channel
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState

_BREATH = timedelta(seconds=1)
_OVERDUE = timedelta(minutes=1)  # an earlier message whose next try is late by this much is not waited for


@dataclass(frozen=True, slots=True)
class OutboundJob:
    """A message, and where it goes."""

    message: OutboundMessage
    channel: Channel
    repository: OutboundMessages


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where a message stands now: it may be tried (`sending`), waits until `not_before`, or is held.

    in_line: it waits for an earlier message, whose own record may be behind it.
    """

    state: OutboundState
    not_before: datetime | None = None
    in_line: bool = False


READY = Readiness(OutboundState.SENDING)
_HELD = Readiness(OutboundState.HELD)


def _in_line(not_before: datetime) -> Readiness:
    return Readiness(OutboundState.WAITING, not_before, in_line=True)


class ReadinessCheck:
    """settled: seconds after its claim within which a call has ended and its status has come."""

    def __init__(self, gate: ChannelGate, pacing: SendPacing, clock: Clock, *, settled: float) -> None:
        self._gate = gate
        self._pacing = pacing
        self._clock = clock
        self._settled = timedelta(seconds=settled)

    async def of(self, job: OutboundJob) -> Readiness:
        """`READY` has taken a place among what the provider takes. Raises RetryLater and DependencyAway."""
        may = await self._gate.look(job.channel)
        if may.stopped:
            return _HELD
        if may.seconds > 0:
            return self._waiting(may.seconds)
        place = await self._behind_earlier(job)
        return await self._paced(job) if place is READY else place

    def wait_here(self, place: Readiness) -> None:
        """Raises RetryLater for a wait that is short enough to be spent in place."""
        if place.not_before is not None:
            seconds = (place.not_before - self._clock.now()).total_seconds()
            if seconds <= IN_PLACE:
                raise RetryLater(max(0.05, seconds))

    async def _paced(self, job: OutboundJob) -> Readiness:
        """A place among what the provider takes; the last thing that is asked for, for nobody gives it back."""
        seconds = await self._pacing.turn(job.channel, job.message)
        return self._waiting(seconds) if seconds else READY

    async def _behind_earlier(self, job: OutboundJob) -> Readiness:
        """A message goes out when the one before it in the conversation is through, or has been late for long."""
        message, now = job.message, self._clock.now()
        earlier = await job.repository.previous(message.conversation_id, message.turn, message.index)
        if earlier is None or earlier.state in (OutboundState.SENT, OutboundState.FAILED):
            return READY
        if earlier.state is OutboundState.WAITING:
            due = earlier.not_before or earlier.claimed_at
            return READY if now - due > _OVERDUE else _in_line(due if due > now else now + _BREATH)
        if earlier.state is OutboundState.SENDING:
            settled = earlier.claimed_at + self._settled
            return READY if now - settled > _OVERDUE else _in_line(now + _BREATH / 4)
        return _HELD  # with the one before it, so that both are released in their order

    def _waiting(self, seconds: float) -> Readiness:
        return Readiness(OutboundState.WAITING, self._clock.now() + timedelta(seconds=seconds))
