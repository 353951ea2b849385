"""Puts a dead letter where it is processed again: once, unless somebody insists."""

import asyncio
import getpass
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devtools.cli.connections import connections, producing
from services.ingress.accept import Acceptor
from services.ingress.dead_letters import reread, vouched_by
from services.ingress.items import WebhookSource
from services.ingress.owners import Owners
from shared.clock import Clock, SystemClock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers, brokers_of
from shared.kafka.codec import Undecodable, decode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord, Record
from shared.maintenance.operator import Operator, Replay
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.messages.inbound import Provider
from shared.operations.dead_letters.reader import DeadLetterEntry
from shared.providers.port import MalformedItem, Parsed, ParsedEvent
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.telemetry import tracing

_SENDS = (DeadLetterReason.SEND_REJECTED, DeadLetterReason.SEND_EXHAUSTED, DeadLetterReason.IN_DOUBT)
_ONCE = -1  # in the place of an offset: no later letter of this id is to be replayed by itself
_TIMEOUT = 10.0


class ReplayState(StrEnum):
    """Whether a letter is still to be replayed."""

    NEW = "new"
    REPLAYED = "replayed"
    FAILED_AGAIN = "failed again after replay"


def replay_state(entry: DeadLetterEntry, replay: Replay | None) -> ReplayState:
    """A message that could not be sent keeps its letter's id: written behind the replayed one, it has failed again.

    Another record that fails again, replayed, does so at another place, as a new letter; written once more after its
    replay, the letter only tells that the first record was read again.
    """
    if replay is None:
        return ReplayState.NEW
    return ReplayState.FAILED_AGAIN if entry.reason in _SENDS and entry.offset > replay.offset else ReplayState.REPLAYED


class ReplayRefused(Exception):
    """The letter was not replayed; the text says why."""


@dataclass(frozen=True, slots=True)
class Replayer:
    """The parts of a replay. `by` is noted with it."""

    operator: Operator
    mongo: Mongo
    directory: Directory
    producer: Producer
    clock: Clock
    brokers: Brokers
    by: str

    async def replay(self, entry: DeadLetterEntry, letter: DeadLetter, *, again: bool) -> str:
        """Replay one letter, which stands where its entry says; where it went. Raises ReplayRefused, DependencyAway.

        What can be known beforehand is checked first, then the replay is noted, then it is done: a crash between the
        last two leaves a letter that is noted and was not replayed, never one that is replayed twice unnoticed.
        """
        if letter.replay_topic is None:
            provider, items = self._read_anew(letter)
            source = WebhookSource(provider, letter.origin.path or "", vouched_by(letter))
            left = await self._left(source, items)
            await self._note(entry, letter, again)
            anew = self._acceptor().accept(provider, items, timeout=_TIMEOUT, path=source.path, only=source.only)
            await _named(letter, anew)
            some = f", but for {left} of {len(items)} items, which have a new dead letter" if left else ""
            return f"accepted by ingress anew{some}"
        message_id = await self._failed_message(letter) if letter.reason in _SENDS else None
        await self._note(entry, letter, again)
        if message_id is not None:
            await _named(letter, OutboundMessages(self.mongo, letter.workspace).reopen(message_id))
        await _named(letter, self._produce(letter, letter.replay_topic))
        return f"put into {letter.replay_topic}"

    async def _note(self, entry: DeadLetterEntry, letter: DeadLetter, again: bool) -> None:
        earlier = await self.operator.record_replay(
            letter.id,
            workspace=letter.workspace,
            reason=letter.reason,
            by=self.by,
            at=self._now(),
            offset=entry.offset if letter.reason in _SENDS else _ONCE,
            again=again,
        )
        if earlier is not None:
            when = f"{earlier.last_at:%Y-%m-%d %H:%M:%S} UTC by {earlier.last_by}"
            raise ReplayRefused(f"was replayed already, {when}; --again replays it once more")

    def _read_anew(self, letter: DeadLetter) -> tuple[Provider, list[Parsed]]:
        try:
            provider, items = reread(letter, self._now())
        except (ValueError, KeyError) as error:
            raise ReplayRefused(f"cannot be read anew: {error}") from None
        if not items:
            raise ReplayRefused("has no item that could be read anew")
        broken = [item for item in items if isinstance(item, MalformedItem)]
        if len(broken) == len(items):
            raise ReplayRefused(f"is still malformed: {broken[0].reason}")
        return provider, items

    async def _left(self, source: WebhookSource, items: list[Parsed]) -> int:
        """Return how many of the items cannot be accepted yet.

        Raises ReplayRefused when these are all items: a replay would only make the same dead letter again.
        """
        owners = await Owners.of(self.directory, source, items)
        readable = [item for item in items if not isinstance(item, MalformedItem)]
        unknown = [item for item in readable if not owners.of_item(item)]
        if len(unknown) == len(readable):
            first = unknown[0]
            who = f"workspace {source.only} does not own" if source.only else "still no workspace owns"
            number = first.account if isinstance(first, ParsedEvent) else first.recipient
            raise ReplayRefused(f"{who} {source.provider} {number}: apply one that does, then replay")
        return len(items) - len(readable) + len(unknown)

    async def _failed_message(self, letter: DeadLetter) -> str:
        """The id of the message that delivery gave up. Raises ReplayRefused when it has been sent since.

        One that waits may have been reopened by a replay that came no further: another record does no harm.
        """
        message_id = message_of(letter)
        if message_id is None:
            raise ReplayRefused("cannot be decoded")
        found = await OutboundMessages(self.mongo, letter.workspace).get(message_id)
        if found is None or found.state not in (OutboundState.FAILED, OutboundState.WAITING):
            state = f"is `{found.state}`" if found else "is not known"
            raise ReplayRefused(f"needs no replay: its message {message_id} {state}")
        return message_id

    async def _produce(self, letter: DeadLetter, topic: str) -> None:
        headers = letter.headers or tracing.headers_for(letter.correlation_id)
        await self.producer.send([NewRecord(topic, letter.key, letter.payload, headers)], _TIMEOUT)

    def _acceptor(self) -> Acceptor:
        return Acceptor(self.directory, IdentityCache(self.mongo, self.clock), self.producer, self.clock)

    def _now(self) -> datetime:
        return self.clock.now()


def message_of(letter: DeadLetter) -> str | None:
    """The id of the message of ours that a letter of a send holds."""
    if letter.reason not in _SENDS:
        return None
    try:
        return str(decode(Record(letter.replay_topic or "", -1, -1, letter.key, letter.payload)).id)
    except (Undecodable, KeyError):
        return None


class Paced:
    """So many turns a second; 0: without a limit."""

    def __init__(self, rate: float) -> None:
        self._apart = 1 / rate if rate else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next one."""
        now = time.monotonic()
        self._next = max(now, self._next)
        if self._next > now:
            await asyncio.sleep(self._next - now)
        self._next += self._apart


async def _named(letter: DeadLetter, step: Awaitable[object]) -> None:
    """A step after the replay was noted: when it fails, say which letter is to be replayed with --again."""
    try:
        await step
    except DependencyAway as error:
        text = f"{letter.id} was noted as replayed and perhaps was not; replay it with --again ({error})"
        raise DependencyAway(error.dependency, text) from None


@asynccontextmanager
async def replaying() -> AsyncIterator[Replayer]:
    """Connected."""
    async with connections() as known, producing(known.settings) as producer:
        brokers = brokers_of(known.settings)
        yield Replayer(known.operator, known.mongo, known.directory, producer, SystemClock(), brokers, _user())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        return "unknown"
