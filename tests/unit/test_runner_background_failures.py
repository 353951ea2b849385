"""A failed background task ends the runner, so that the process restarts with all its tasks."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from shared.clock import SystemClock
from shared.errors import DependencyAway
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import OnAssigned, OnRevoked, SourceLost
from shared.kafka.records import CommittedOffset, NewRecord, Record, TopicPartition
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.runner import Runner

SOURCE = TopicPartition("t", 0)


class SilentSource:
    """A source of one empty partition, and a producer that must not be used."""

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        on_assigned([SOURCE])

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        await asyncio.sleep(min(timeout, 0.01))
        return []

    def check(self) -> None:
        return

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        return True

    async def committed(self, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
        return {}

    async def lag(self) -> dict[TopicPartition, int]:
        return {}

    async def stop(self) -> None:
        return

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        raise AssertionError("nothing is to be sent")


async def test_runner_ends_when_its_commits_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, clock = SilentSource(), SystemClock()
    runner = Runner(
        "test",
        source=silent,
        handlers={},
        lane_of=lambda _: "",
        dead_letters=DeadLetters("test", silent, clock),
        limits=ConsumerLimits(active=4, window=10, lanes=4, lanes_per_workspace=4, drain=1.0, commit_interval=0.01),
        clock=clock,
    )

    async def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(runner._committer, "commit", broken)
    with pytest.raises((SourceLost, RuntimeError), match="a bug"):
        async with asyncio.timeout(30):
            await runner.run(asyncio.Event())


class Broker(SilentSource):
    """A source whose broker is there or away, and takes commits or not. Time passes with each fetch."""

    def __init__(self, clock: "FakeClock") -> None:
        self.clock = clock
        self.is_there = True
        self.takes = False
        self.refused = self.taken = 0
        self._offset = 0

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        await asyncio.sleep(0.001)
        self.clock.advance(1.0)
        if not self.is_there:
            return []
        self._offset += 1
        return [Record(SOURCE.topic, SOURCE.partition, self._offset, b"acme", b"")]

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        taken = self.is_there and self.takes
        self.taken += taken
        self.refused += not taken
        return taken


class FakeClock(SystemClock):
    """A clock that is advanced by hand."""

    def __init__(self) -> None:
        self._at = 1000.0

    def monotonic(self) -> float:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += seconds


class Store:
    """The store to which collected changes are written before each commit. refused: how often it was away."""

    is_away = False
    refused = 0

    async def write(self) -> None:
        if self.is_away:
            self.refused += 1
            raise DependencyAway("mongodb")


def _runner_that_passes_over_all(broker: Broker, store: Store) -> Runner:
    return Runner(
        "test",
        source=broker,
        handlers={},
        lane_of=lambda _: "",
        dead_letters=DeadLetters("test", broker, broker.clock),
        limits=ConsumerLimits(
            active=4, window=10**6, lanes=4, lanes_per_workspace=4, drain=1.0, commit_interval=0.005, refused=60.0
        ),
        clock=broker.clock,
        skip=lambda _: True,
        before_commit=store.write,
    )


async def _until(condition: Callable[[], bool], running: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(20):
        while not condition():
            if running.done():
                running.result()
            await asyncio.sleep(0.001)


async def test_runner_ends_when_records_arrive_and_no_commit_is_taken() -> None:
    runner = _runner_that_passes_over_all(Broker(FakeClock()), Store())
    async with asyncio.timeout(20):
        with pytest.raises(SourceLost, match="no member of its group any more"):
            await runner.run(asyncio.Event())


async def test_outage_of_the_broker_ends_no_runner() -> None:
    """However long it is; records are there again before a commit is taken."""
    stop, broker = asyncio.Event(), Broker(FakeClock())
    broker.takes = True
    running = asyncio.create_task(_runner_that_passes_over_all(broker, Store()).run(stop))
    await _until(lambda: broker.taken > 2, running)
    broker.takes = False
    await _until(lambda: broker.refused > 0, running)
    broker.is_there = False
    broker.clock.advance(600.0)
    await _until(lambda: broker.refused > 2, running)
    broker.is_there = True
    refused = broker.refused
    await _until(lambda: broker.refused > refused + 2, running)
    broker.takes = True
    taken = broker.taken
    await _until(lambda: broker.taken > taken + 2, running)
    stop.set()
    await running


async def test_store_that_is_away_ends_no_runner() -> None:
    """After a commit that was refused, none is tried until the store is back."""
    stop, broker, store = asyncio.Event(), Broker(FakeClock()), Store()
    running = asyncio.create_task(_runner_that_passes_over_all(broker, store).run(stop))
    await _until(lambda: broker.refused == 1, running)
    store.is_away = True
    await _until(lambda: store.refused > 1, running)
    began = broker.clock.monotonic()
    await _until(lambda: broker.clock.monotonic() > began + 200, running)
    store.is_away, broker.takes = False, True
    await _until(lambda: broker.taken > 1, running)
    stop.set()
    await running
