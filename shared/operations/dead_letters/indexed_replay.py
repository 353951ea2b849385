"""Replays a dead letter of one workspace, found by the index: for the API."""

import asyncio
import contextlib
from dataclasses import dataclass

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.ports import Producer
from shared.kafka.topic_reader import TopicMissing
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.dead_letters.reader import DeadLetterEntry, DeadLetterNotFound, fetch_dead_letters
from shared.operations.dead_letters.replayer import PreparedWebhook, Replayer, ReplayRefused
from shared.repositories.dead_letter_index import DeadLetterIndex, IndexedLetter
from shared.storage.mongo import Mongo

_FETCH_LIMIT = 10.0  # seconds
_BY_INGRESS = "ingress has to read it again: only the operator's command line can have it do so"


@dataclass(frozen=True, slots=True)
class NoWebhookReplay:
    """Implements `WebhookReplay` for processes without the code of ingress: refuses all."""

    async def prepare(self, dead_letter: DeadLetter) -> PreparedWebhook:
        """See the port. Raises ReplayRefused."""
        raise ReplayRefused(_BY_INGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedReplay:
    """Replays dead letters that the index has. by: the person, recorded with each replay. fetches: bounds how many
    letters are fetched at the same time.
    """

    brokers: Brokers
    mongo: Mongo
    producer: Producer
    clock: Clock
    workspace: str
    by: str
    fetches: asyncio.Semaphore

    async def replay(self, letter_id: str, *, again: bool, may_send_twice: bool) -> str:
        """Replay a dead letter, and return a text that names its destination.

        again: also if it was replayed before. may_send_twice: also if the provider may have the message. Raises
        NotFound, ReplayRefused, DependencyAway.
        """
        indexed = await DeadLetterIndex(self.mongo, self.workspace).get(letter_id)
        if indexed is None:
            raise DeadLetterNotFound("there is no such dead letter")
        if indexed.reason == DeadLetterReason.IN_DOUBT and not may_send_twice:
            raise ReplayRefused("the provider may have the message: a replay may send it twice (`may_send_twice`)")
        if not indexed.replay_topic:
            raise ReplayRefused(_BY_INGRESS)
        entry = entry_of(self.workspace, indexed)
        replayer = Replayer(self.mongo, self.producer, NoWebhookReplay(), self.clock, self.by)
        return await replayer.replay(entry, await self._fetch(entry), again=again)

    async def _fetch(self, entry: DeadLetterEntry) -> DeadLetter:
        try:
            async with (
                asyncio.timeout(_FETCH_LIMIT),
                self.fetches,
                contextlib.aclosing(fetch_dead_letters(self.brokers, [entry])) as found,
            ):
                async for _, letter in found:
                    if (letter.id, letter.workspace) == (entry.id, self.workspace):
                        return letter
        except TimeoutError:
            raise DependencyAway("kafka", f"no answer within {_FETCH_LIMIT:g} s") from None
        except TopicMissing as error:
            raise DependencyAway("kafka", str(error)) from None
        raise ReplayRefused("is not in Kafka any more")


def entry_of(workspace: str, letter: IndexedLetter) -> DeadLetterEntry:
    """Return the entry of an indexed letter."""
    partition, offset = letter.place
    return DeadLetterEntry(
        letter.id,
        letter.reason,
        workspace,
        letter.service,
        letter.topic,
        partition=partition,
        offset=offset,
        count=1,
        written=(letter.at,),
    )
