"""Who may try a message now. The document of a message is made as `sending` before the provider is called, so a record
that comes again finds what became of it (`shared.repositories.outbound`).

Found in `sending`, it is in doubt: our id went along, so a status settles it. If none comes within the grace period it
is sent again, once, and marked as a possible duplicate; in doubt a second time, it is given up as a dead letter,
for otherwise a provider that takes messages and never answers would send the same text without end.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from services.delivery.report import Reporter
from shared.clock import Clock
from shared.messages.inbound import ProviderError
from shared.messages.outbound import OutboundMessage
from shared.repositories.outbound import OutboundMessages, Sent, State
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_LOOK_EVERY = 0.25
_DOUBTFUL_TRIES = 2
_BREATH = timedelta(seconds=1)
_OVERDUE = timedelta(minutes=1)  # an earlier message whose next try is late by this much is not waited for
_NEVER_ANSWERED = ProviderError(
    code="in_doubt", title="The provider did not answer, twice", detail="It may have been delivered once or twice."
)


@dataclass(frozen=True, slots=True)
class Try:
    """One claimed try. number: from 1."""

    message: OutboundMessage
    claim: str
    number: int


class Claims:
    """instance: this replica. grace: seconds to wait for a status. call_limit: seconds that a call can take at most."""

    def __init__(self, reporter: Reporter, clock: Clock, *, instance: str, grace: float, call_limit: float) -> None:
        self._reporter = reporter
        self._clock = clock
        self._instance = instance
        self._grace = grace
        self._call_limit = call_limit
        self._made = 0
        self._born = clock.now().timestamp()
        self._held: set[str] = set()  # conversations in which this replica has put a message off

    async def first(self, message: OutboundMessage, repository: OutboundMessages) -> Try | None:
        """The try to make now; None when there is none. Raises DependencyAway."""
        claim = self._new_claim()
        before = await repository.claim(message, claim, self._clock.now())
        if before is not None:
            return await self.again(message, before, repository)
        return await self._in_order(Try(message, claim, 1), repository)

    async def again(self, message: OutboundMessage, found: Sent | None, repository: OutboundMessages) -> Try | None:
        """The try to make for a message that was claimed before; None when there is none. Raises DependencyAway."""
        while found is not None:
            if found.state in (State.SENT, State.FAILED):
                await self._say_again(message, found)
                return None
            if found.state is State.WAITING and message.attempt != found.attempt:
                # The record of the next try may not have been written: write it, once more if need be.
                not_before = found.not_before or self._clock.now()
                await self._reporter.put_off(message, attempt=found.attempt, not_before=not_before)
                return None
            if found.state is State.SENDING and not await self._in_doubt(message, found, repository):
                found = await repository.get(message.id)
                continue
            current = await self._reclaim(message, found, repository)
            if current is not None:
                return current
            found = await repository.get(message.id)
        log.warning("A message is gone", message_id=message.id)
        return None

    def holds_back(self, message: OutboundMessage) -> None:
        """A message of this conversation was put off: later ones are to wait for it."""
        if len(self._held) > 100_000:
            self._held.clear()
        self._held.add(message.conversation_id)

    async def _in_order(self, current: Try, repository: OutboundMessages) -> Try | None:
        """The try, unless an earlier message of the conversation waits for its own: then this one waits with it.

        Asked where it can be so: for a later piece of an answer, and where this replica has put a message off.
        """
        message = current.message
        if message.index <= 0 and message.conversation_id not in self._held:
            return current
        earlier = await repository.waiting_before(message.conversation_id, message.turn, message.index)
        now = self._clock.now()
        if earlier is None or now - earlier > _OVERDUE:
            self._held.discard(message.conversation_id)
            return current
        not_before = max(earlier, now + _BREATH)
        await repository.hold(message.id, current.claim, not_before)
        await self._reporter.put_off(message, attempt=current.number - 1, not_before=not_before)
        return None

    async def _in_doubt(self, message: OutboundMessage, found: Sent, repository: OutboundMessages) -> bool:
        """Wait for a status, or for whoever has the claim. True: nothing came, and it is to be sent again."""
        # Another replica may be in the middle of its call; we ourselves are not, nor is who had our name before us.
        mine = found.claim.startswith(f"{self._instance}:")
        wait = self._grace if mine else max(self._grace, self._call_limit)
        end = found.claimed_at + timedelta(seconds=wait)
        while self._clock.now() < end:
            await asyncio.sleep(_LOOK_EVERY)
            now = await repository.get(found.id)
            if now is None or now.state is not State.SENDING or now.claim != found.claim:
                if now is not None and now.state is State.SENT:
                    metrics.IN_DOUBT.labels("settled").inc()
                return False
        if found.attempt < _DOUBTFUL_TRIES or not found.possible_duplicate:
            return True
        metrics.IN_DOUBT.labels("given_up").inc()
        await repository.failed(message.id, found.claim, _NEVER_ANSWERED, self._clock.now())
        return False

    async def _reclaim(self, message: OutboundMessage, found: Sent, repository: OutboundMessages) -> Try | None:
        in_doubt = found.state is State.SENDING
        claim = self._new_claim()
        if not await repository.reclaim(found, claim, self._clock.now(), possible_duplicate=in_doubt):
            return None
        if in_doubt:
            metrics.IN_DOUBT.labels("sent_again").inc()
            log.warning("In doubt, sending again", message_id=message.id, attempt=found.attempt + 1)
        return await self._in_order(Try(message, claim, found.attempt + 1), repository)

    async def _say_again(self, message: OutboundMessage, found: Sent) -> None:
        """What was said when it ended may not have been written."""
        metrics.REDELIVERED.labels("delivery").inc()
        if found.state is State.SENT:
            await self._reporter.sent(message)
        else:
            await self._reporter.failed(message, msgspec.convert(found.error, ProviderError), rejected=True)

    def _new_claim(self) -> str:
        self._made += 1
        return f"{self._instance}:{self._born:.3f}:{self._made}"
