"""A failed background task ends the runner, so that the process is restarted with all its tasks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from shared.clock import SystemClock
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import OnAssigned, OnRevoked, SourceLost
from shared.kafka.records import NewRecord, Record, TopicPartition
from shared.kafka.runtime.runner import Limits, Runner

SOURCE = TopicPartition("t", 0)


class Silent:
    """A source of one partition in which nothing is, and a producer that takes nothing."""

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        on_assigned([SOURCE])

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        await asyncio.sleep(min(timeout, 0.01))
        return []

    def check(self) -> None:
        return

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        return True

    async def lag(self) -> dict[TopicPartition, int]:
        return {}

    async def stop(self) -> None:
        return

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        raise AssertionError("there is nothing to send")


@pytest.mark.parametrize("part", ["_adapt_to_the_work", "_commit"])
async def test_a_runner_whose_background_work_fails_ends(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, clock = Silent(), SystemClock()
    runner = Runner(
        "test",
        source=silent,
        handlers={},
        lane_of=lambda _: "",
        dead_letters=DeadLetters("test", silent, clock),
        limits=Limits(window=10, lanes=4, lanes_per_workspace=4, drain=1.0, commit_interval=0.01),
        clock=clock,
    )

    async def broken() -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(runner, part, broken)
    with pytest.raises((SourceLost, RuntimeError), match="nobody thought of this"):
        async with asyncio.timeout(10):
            await runner.run(asyncio.Event())
