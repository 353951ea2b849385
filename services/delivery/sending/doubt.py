"""A message in doubt: an attempt ended without an answer, so the provider may have taken it.

Our id went along with the call, so a status settles it. If none comes within the grace period, the message is sent
again and marked as a possible duplicate, or it fails, as the workspace chooses.
"""

import asyncio

from services.delivery.sending.decisions import DoubtVerdict, doubt_verdict
from services.delivery.sending.order import OutboundJob
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.states import SENDING, SENT
from shared.clock import Clock
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.repositories.outbound_views import StoredOutbound
from shared.telemetry import metrics

_POLL = 0.25  # seconds
_ERRORS = {
    DoubtVerdict.GIVE_UP: ProviderError(
        code="in_doubt",
        title="The provider did not answer, twice",
        detail="It may have been delivered once or twice.",
    ),
    DoubtVerdict.HOLD: ProviderError(
        code="in_doubt", title="It is unknown if the provider accepted it", detail="It may have been delivered."
    ),
}


class DoubtResolver:
    """Decides what happens to messages in doubt. grace: seconds to wait for a status. call_limit: seconds that a call
    takes at most.
    """

    def __init__(self, claims: OwnClaims, clock: Clock, *, instance: str, grace: float, call_limit: float) -> None:
        self._claims = claims
        self._clock = clock
        self._instance = instance
        self._grace = grace
        self._call_limit = call_limit
        for verdict in DoubtVerdict:  # from 0, so that Prometheus sees the first ones as an increase
            metrics.IN_DOUBT.labels(verdict)

    def is_doubtful(self, stored: StoredOutbound) -> bool:
        """Return whether the provider may have been called for a message's claim."""
        return stored.state is SENDING and not self._claims.was_never_called(stored.claim)

    async def may_send_again(self, job: OutboundJob, stored: StoredOutbound) -> bool:
        """Wait for a status, or for the holder of the claim; return whether the message may be sent again.

        False: its document has changed and is to be read again. Raises DependencyAway.
        """
        if not self.is_doubtful(stored):
            return True
        if await self._has_changed(job, stored):
            return False
        verdict = doubt_verdict(
            job.channel.in_doubt, possible_duplicate=stored.possible_duplicate, attempt=stored.attempt
        )
        if verdict is DoubtVerdict.SEND_AGAIN:
            return True
        metrics.IN_DOUBT.labels(verdict).inc()
        error, now = _ERRORS[verdict], self._clock.now()
        await job.repository.record_failure(job.message.id, stored.claim, error, DeadLetterReason.IN_DOUBT, now)
        return False

    async def _has_changed(self, job: OutboundJob, stored: StoredOutbound) -> bool:
        """Poll for the whole grace period. It begins now, not at the claim: after an outage the status may still be on
        its way.
        """
        end = self._clock.monotonic() + self._poll_seconds(stored)
        while self._clock.monotonic() < end:
            with external_wait():
                await asyncio.sleep(_POLL)
            now = await job.repository.get(stored.id)
            if now is None or now.state is not SENDING or now.claim != stored.claim:
                if now is not None and now.state is SENT:
                    metrics.IN_DOUBT.labels("settled").inc()
                return True
        return False

    def _poll_seconds(self, stored: StoredOutbound) -> float:
        """Return the seconds to poll: at least a whole call, unless the claim is of this replica before its restart."""
        earlier_run = stored.claim.startswith(f"{self._instance}:") and not self._claims.is_calling(stored.claim)
        return self._grace if earlier_run else max(self._grace, self._call_limit)
