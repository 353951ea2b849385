"""Checks whether a message may be attempted now: channel, previous message of the conversation, provider's pace.

They are checked in this order, the pace last: a slot taken in it cannot be given back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.sending.order import OutboundJob, Place, read_previous
from services.delivery.sending.retry_policy import IN_PLACE
from services.delivery.sending.states import FAILED, SENDING, SENT, WAITING, Event
from shared.clock import Clock
from shared.errors import RetryLater
from shared.repositories.outbound_views import PreviousMessage

_POLL = timedelta(seconds=1)
_OVERDUE = timedelta(minutes=1)  # a previous message whose next attempt is late by this much is not waited for
_SHORTEST_WAIT = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Readiness:
    """The result of a readiness check. event: `READY`, `NOT_READY` until `not_before`, or `CHANNEL_STOPPED`.

    after_previous: it waits for the previous message, whose own record may be behind it in the lane.
    """

    event: Event
    not_before: datetime | None = None
    after_previous: bool = False


READY = Readiness(Event.READY)
_STOPPED = Readiness(Event.CHANNEL_STOPPED)


def readiness_after(previous: PreviousMessage | None, now: datetime, settled: timedelta) -> Readiness:
    """Return whether a message may follow the previous one of its conversation. Pure.

    settled: how long after its claim a call has ended and its status has come.
    """
    if previous is None or previous.state in (SENT, FAILED):
        return READY
    if previous.state is WAITING:
        due = previous.not_before or previous.claimed_at
        return READY if now - due > _OVERDUE else _after_previous(due if due > now else now + _POLL)
    if previous.state is SENDING:
        return READY if now - previous.claimed_at - settled > _OVERDUE else _after_previous(now + _POLL / 4)
    return _STOPPED  # held with the previous one, so that both are released in their order


def _after_previous(not_before: datetime) -> Readiness:
    return Readiness(Event.NOT_READY, not_before, after_previous=True)


class ReadinessCheck:
    """Checks whether a message may be attempted now. settled: seconds after its claim within which a call has ended and
    its status has come.
    """

    def __init__(self, gate: ChannelGate, pacing: SendPacing, clock: Clock, *, settled: float) -> None:
        self._gate = gate
        self._pacing = pacing
        self._clock = clock
        self._settled = timedelta(seconds=settled)

    async def check(self, job: OutboundJob, place: Place | None = None) -> Readiness:
        """Return the readiness of a message; `READY` has taken a slot in the pace. place: in its conversation, where
        it is known already. Raises RetryLater, DependencyAway.
        """
        readiness = await self.check_before_pace(job, place)
        return await self.take_slot(job) if readiness is READY else readiness

    async def check_before_pace(self, job: OutboundJob, place: Place | None = None) -> Readiness:
        """Return the readiness of a message by its channel and its conversation. Raises DependencyAway."""
        availability = self._gate.availability(job.channel)
        if availability.stopped:
            return _STOPPED
        if availability.seconds > 0:
            return self._not_ready(availability.seconds)
        previous = place.previous if place else await read_previous(job)
        return readiness_after(previous, self._clock.now(), self._settled)

    async def take_slot(self, job: OutboundJob) -> Readiness:
        """Return `READY` with a slot in the pace, after a short wait if need be. Raises RetryLater."""
        seconds = await self._pacing.acquire(job.channel, job.message)
        return self._not_ready(seconds) if seconds else READY

    def raise_if_short_wait(self, readiness: Readiness) -> None:
        """Raise RetryLater for a wait that is short enough to be spent in the lane."""
        if readiness.not_before is not None:
            seconds = (readiness.not_before - self._clock.now()).total_seconds()
            if seconds <= IN_PLACE:
                raise RetryLater(max(_SHORTEST_WAIT, seconds))

    def _not_ready(self, seconds: float) -> Readiness:
        return Readiness(Event.NOT_READY, self._clock.now() + timedelta(seconds=seconds))
