"""Keeps the index of dead letters (`shared.repositories.dead_letter_index`) up to date from their topic.

Every replica reads the topic to its end without a consumer group, from where the index is complete: writing the same
letter twice changes nothing, so replicas need not agree on one that does it. Letters whose workspace is not known are
not in the index: they are the operator's (`parley dlq`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from time import monotonic

from shared.background import run_until
from shared.errors import DependencyAway, Unstorable
from shared.kafka.brokers import Brokers
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.kafka.topic_reader import TopicMissing
from shared.kafka.topic_tail import TopicChanged, TopicTail, open_tail
from shared.messages.dead_letters import DeadLetter
from shared.repositories.dead_letter_index import DeadLetterIndex, IndexedLetter
from shared.repositories.dead_letter_positions import DeadLetterPositions
from shared.storage.mongo import Duplicate, Mongo
from shared.telemetry import logging
from shared.topics import DEAD_LETTERS

log = logging.get(__name__)

UNKNOWN_WORKSPACE = "-"
_ALL = 2**62  # records of each partition
_POLL = 2.0
_CHECK_EVERY = 30.0
_RETRY = 5.0


class DeadLetterIndexer:
    """One per process. Memory: two fetches, whatever the topic holds."""

    def __init__(self, brokers: Brokers, mongo: Mongo) -> None:
        self._brokers = brokers
        self._mongo = mongo
        self._positions = DeadLetterPositions(mongo)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set; connect anew after failures."""
        await run_until(stop, self._read_forever())

    async def _read_forever(self) -> None:
        while True:
            try:
                await self._read()
            except (DependencyAway, TopicMissing, TopicChanged) as error:
                log.warning("The index of dead letters is not brought up to date", detail=str(error))
                await asyncio.sleep(_RETRY)

    async def _read(self) -> None:
        """Read until something fails. Raises DependencyAway, TopicMissing, TopicChanged."""
        async with open_tail(
            self._brokers, DEAD_LETTERS.name, prefill=_ALL, client_id="parley-console-dead-letters"
        ) as tail:
            topic_id = tail.topic_id.hex()
            await self._begin(tail, topic_id)
            checked = monotonic()
            while True:
                records = await tail.poll(_POLL)
                if records:
                    await self._write(records, topic_id)
                    await self._positions.note(topic_id, tail.positions)
                if monotonic() >= checked + _CHECK_EVERY:
                    await tail.check()
                    checked = monotonic()

    async def _begin(self, tail: TopicTail, topic_id: str) -> None:
        """Go to the first record that may not be in the index. The tail is at the first one of each partition."""
        known = await self._positions.read(topic_id)
        await tail.move(first_positions(tail.positions, await tail.ends(), known))

    async def _write(self, records: Sequence[Record], topic_id: str) -> None:
        found: defaultdict[str, list[IndexedLetter]] = defaultdict(list)
        for record in records:
            letter = _decode(record)
            if letter is not None and letter.workspace != UNKNOWN_WORKSPACE:
                found[letter.workspace].append(indexed(letter, record, topic_id))
        for workspace, letters in found.items():
            try:
                await DeadLetterIndex(self._mongo, workspace).write(letters)
            except (Unstorable, Duplicate):  # one bad letter must not keep the others out
                log.exception("Dead letters are left out of the index", workspace_id=workspace)


def first_positions(firsts: Sequence[int], ends: Sequence[int], known: Mapping[int, int]) -> list[int]:
    """Return where to go on in each partition: where the index ends, if the partition still has that position."""
    return [
        known[partition] if first <= known.get(partition, -1) <= end else first
        for partition, (first, end) in enumerate(zip(firsts, ends, strict=True))
    ]


def indexed(letter: DeadLetter, record: Record, topic_id: str) -> IndexedLetter:
    """Return the entry of a dead letter. record: the one of `dead.letters` that holds it."""
    origin = letter.origin
    return IndexedLetter(
        id=letter.id,
        reason=letter.reason.value,
        service=origin.service,
        at=letter.created_at,
        correlation_id=letter.correlation_id,
        log=topic_id,
        place=(record.partition, record.offset),
        topic=origin.topic or "",
        partition=origin.partition,
        offset=origin.offset,
        replay_topic=letter.replay_topic or "",
    )


def _decode(record: Record) -> DeadLetter | None:
    try:
        letter: DeadLetter = decode(record)
    except Undecodable:
        return None
    return letter
