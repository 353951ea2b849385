"""A failed background task ends the runner, so that the process restarts with all its tasks."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from shared.clock import SystemClock
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


class UntakenCommits(SilentSource):
    """A source with records whose commits are never taken, as if another member had its partitions."""

    def __init__(self, *, records: int) -> None:
        self._left = records
        self._offset = 0

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        await asyncio.sleep(0.001)
        if not self._left:
            return []
        self._left -= 1
        self._offset += 1
        return [Record(SOURCE.topic, SOURCE.partition, self._offset, b"acme", b"")]

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        return False


def _runner_that_passes_over_all(source: SilentSource) -> Runner:
    clock = SystemClock()
    return Runner(
        "test",
        source=source,
        handlers={},
        lane_of=lambda _: "",
        dead_letters=DeadLetters("test", source, clock),
        limits=ConsumerLimits(
            active=4, window=10**6, lanes=4, lanes_per_workspace=4, drain=1.0, commit_interval=0.01, refused=0.1
        ),
        clock=clock,
        skip=lambda _: True,
    )


async def test_runner_ends_when_records_arrive_and_no_commit_is_taken() -> None:
    runner = _runner_that_passes_over_all(UntakenCommits(records=10**6))
    async with asyncio.timeout(20):
        with pytest.raises(SourceLost, match="no member of its group any more"):
            await runner.run(asyncio.Event())


async def test_runner_goes_on_when_no_commit_is_taken_and_no_records_arrive() -> None:
    """The broker is away: nobody else has the partitions either."""
    stop = asyncio.Event()
    runner = _runner_that_passes_over_all(UntakenCommits(records=3))
    running = asyncio.create_task(runner.run(stop))
    async with asyncio.timeout(20):
        while (since := runner._committer.refused_since) is None or time.monotonic() - since < 0.3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stop.set()
        await running
