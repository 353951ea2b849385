"""A failed background task ends the runner, so that the process restarts with all its tasks."""

import asyncio
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
