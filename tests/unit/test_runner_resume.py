"""Before it fetches records of a partition, a runner learns what former owners have finished there."""

import asyncio
from collections.abc import Callable, Collection

from shared.clock import SystemClock
from shared.kafka.codec import encode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import OnAssigned, OnRevoked
from shared.kafka.records import CommittedOffset, Record, TopicPartition
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.runner import Runner
from shared.messages.inbound import InboundMessage
from shared.topics import INBOUND_MESSAGES
from tests.services.builders import inbound
from tests.unit.test_finished_offsets import of
from tests.unit.test_runner_background_failures import SilentSource

ZERO, ONE = (TopicPartition(INBOUND_MESSAGES.name, partition) for partition in range(2))
HALF = CommittedOffset(10, of(10, {11, 13}).encoded())


class Partitions(SilentSource):
    """A source with records 10 to 13 in each of two partitions. It says what is committed when `known` is set; fetched:
    the partitions that had room at each fetch.
    """

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self.asked = 0
        self.fetched: list[set[TopicPartition]] = []
        self._records = {source: list(range(10, 14)) for source in (ZERO, ONE)}

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        self.on_assigned, self.on_revoked = on_assigned, on_revoked
        on_assigned([ZERO, ONE])

    async def committed(self, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
        self.asked += 1
        await self.known.wait()
        return dict.fromkeys(sources, HALF)

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        with_room = {source for source in (ZERO, ONE) if room(source) > 0}
        self.fetched.append(with_room)
        found = [
            Record(source.topic, source.partition, offset, b"acme", encode(inbound(f"{source.partition}/{offset}")))
            for source in sorted(with_room)
            for offset in self._records.pop(source, ())
        ]
        return found or await super().fetch(room, timeout)


class Handled:
    """A running runner. texts: of the messages that its handler was given."""

    def __init__(self, source: Partitions) -> None:
        self.source = source
        self.texts: list[str] = []
        clock = SystemClock()
        self.runner = Runner(
            "test",
            source=source,
            handlers={INBOUND_MESSAGES.name: self._handle},
            lane_of=lambda message: str(message.id),
            dead_letters=DeadLetters("test", source, clock),
            limits=ConsumerLimits(window=10, lanes=9, lanes_per_workspace=9, drain=1.0, commit_interval=0.01, active=9),
            clock=clock,
        )
        self.stop = asyncio.Event()
        self.running = asyncio.create_task(self.runner.run(self.stop))

    async def _handle(self, message: InboundMessage) -> None:
        self.texts.append(message.content.body)  # type: ignore[union-attr]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                if self.running.done():
                    self.running.result()
                await asyncio.sleep(0.002)

    async def end(self) -> None:
        self.stop.set()
        await self.running


async def test_nothing_is_fetched_before_it_is_known_what_is_finished() -> None:
    source = Partitions()
    handled = Handled(source)
    await handled.until(lambda: source.asked == 1)
    await asyncio.sleep(0.05)  # nothing happens in any time
    assert source.fetched == []
    source.known.set()
    await handled.until(lambda: len(handled.texts) == 4)
    await handled.end()
    assert sorted(handled.texts) == ["0/10", "0/12", "1/10", "1/12"]
    assert handled.runner.counts == {"done": 4}


async def test_partitions_that_are_assigned_anew_meanwhile_are_asked_for_again() -> None:
    """The answer to the first question is not used: it is of the assignment before."""
    source = Partitions()
    handled = Handled(source)
    await handled.until(lambda: source.asked == 1)
    await source.on_revoked([ZERO, ONE])
    source.on_assigned([ONE])
    await handled.until(lambda: source.asked == 2)
    source.known.set()
    await handled.until(lambda: len(handled.texts) == 2)
    await handled.end()
    assert sorted(handled.texts) == ["1/10", "1/12"]
    assert all(ZERO not in fetched or fetched == {ZERO, ONE} for fetched in source.fetched[1:])


async def test_runner_stops_while_it_asks() -> None:
    handled = Handled(Partitions())
    await handled.until(lambda: handled.source.asked == 1)
    async with asyncio.timeout(20):
        await handled.end()
    assert handled.texts == []
