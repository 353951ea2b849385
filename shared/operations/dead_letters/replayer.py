"""Replays a dead letter once; a second time only when that is explicitly requested."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetter
from shared.operations.dead_letters.reader import DeadLetterEntry
from shared.operations.dead_letters.replay_state import SEND_REASONS, message_id_of
from shared.operations.errors import OperationRefused
from shared.repositories.dead_letter_replays import DeadLetterReplays
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.telemetry import tracing

TIMEOUT = 10.0  # seconds for Kafka to acknowledge
_NO_OFFSET = -1  # stored instead of an offset: a later dead letter of this id does not count as failed again


class ReplayRefused(OperationRefused):
    """Raised when a dead letter was not replayed; the text says why."""


class AlreadyReplayed(ReplayRefused):
    """Raised for a dead letter that was replayed before, unless it is to be replayed again."""

    reason = "already-replayed"


class PreparedWebhook(Protocol):
    """The items of a webhook that ingress has read again."""

    @property
    def total(self) -> int:
        """The number of items."""

    @property
    def left_out(self) -> int:
        """The number of items that ingress cannot accept yet."""

    async def accept(self) -> None:
        """Have ingress accept the items. Raises DependencyAway."""


class WebhookReplay(Protocol):
    """Reads dead letters of ingress again."""

    async def prepare(self, dead_letter: DeadLetter) -> PreparedWebhook:
        """Read the items of a dead letter. Raises ReplayRefused when none could be accepted, DependencyAway."""


@dataclass(frozen=True, slots=True)
class Replayer:
    """Replays dead letters. by: the person, recorded with each replay."""

    mongo: Mongo
    producer: Producer
    webhooks: WebhookReplay
    clock: Clock
    by: str

    async def replay(self, entry: DeadLetterEntry, dead_letter: DeadLetter, *, again: bool) -> str:
        """Replay one dead letter, and return a text that names its destination. Raises ReplayRefused, DependencyAway.

        The checks come first, then the replay is recorded, then it is done: a crash between the last two leaves a dead
        letter that is recorded and was not replayed; no dead letter is replayed twice unnoticed.
        """
        if dead_letter.replay_topic is None:
            return await self._replay_webhook(entry, dead_letter, again)
        message_id = await self._failed_message(dead_letter) if dead_letter.reason in SEND_REASONS else None
        await self._record(entry, dead_letter, again)
        if message_id is not None:
            await _name_on_failure(dead_letter, OutboundMessages(self.mongo, dead_letter.workspace).reopen(message_id))
        await _name_on_failure(dead_letter, self._produce(dead_letter, dead_letter.replay_topic))
        return f"put into {dead_letter.replay_topic}"

    async def _replay_webhook(self, entry: DeadLetterEntry, dead_letter: DeadLetter, again: bool) -> str:
        prepared = await self.webhooks.prepare(dead_letter)
        await self._record(entry, dead_letter, again)
        await _name_on_failure(dead_letter, prepared.accept())
        if prepared.left_out:
            rest = f"except {prepared.left_out} of {prepared.total} items, which have a new dead letter"
            return f"accepted by ingress, {rest}"
        return "accepted by ingress"

    async def _record(self, entry: DeadLetterEntry, dead_letter: DeadLetter, again: bool) -> None:
        earlier = await DeadLetterReplays(self.mongo, dead_letter.workspace).record(
            dead_letter.id,
            reason=dead_letter.reason,
            by=self.by,
            at=self.clock.now(),
            offset=entry.offset if dead_letter.reason in SEND_REASONS else _NO_OFFSET,
            again=again,
        )
        if earlier is not None:
            when = f"{earlier.last_at:%Y-%m-%d %H:%M:%S} UTC by {earlier.last_by}"
            raise AlreadyReplayed(f"was replayed already, {when}")

    async def _failed_message(self, dead_letter: DeadLetter) -> str:
        """Return the id of the message that could not be sent. Raises ReplayRefused when it has been sent since.

        A waiting message may have been reopened by an interrupted replay: a second record is harmless.
        """
        message_id = message_id_of(dead_letter)
        if message_id is None:
            raise ReplayRefused("cannot be decoded")
        found = await OutboundMessages(self.mongo, dead_letter.workspace).get(message_id)
        if found is None or found.state not in (OutboundState.FAILED, OutboundState.WAITING):
            state = f"is `{found.state}`" if found else "is not known"
            raise ReplayRefused(f"needs no replay: its message {message_id} {state}")
        return message_id

    async def _produce(self, dead_letter: DeadLetter, topic: str) -> None:
        headers = dead_letter.headers or tracing.headers_for(dead_letter.correlation_id)
        await self.producer.send([NewRecord(topic, dead_letter.key, dead_letter.payload, headers)], TIMEOUT)


async def _name_on_failure(dead_letter: DeadLetter, step: Awaitable[object]) -> None:
    """Run a step after the replay was recorded; when it fails, name the dead letter that is to be replayed again."""
    try:
        await step
    except DependencyAway as error:
        text = f"{dead_letter.id} was recorded as replayed and perhaps was not; replay it again ({error})"
        raise DependencyAway(error.dependency, text) from None
