"""Changes that handlers collect are written before offsets are committed; a revocation forgets states in memory."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from shared.clock import SystemClock
from shared.errors import DependencyAway
from shared.kafka.codec import encode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import OnAssigned, OnRevoked
from shared.kafka.records import CommittedOffset, Record, TopicPartition
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.runner import Runner
from shared.messages.inbound import InboundMessage
from shared.topics import INBOUND_MESSAGES
from tests.services.builders import inbound
from tests.unit.test_runner_background_failures import SilentSource

SOURCE = TopicPartition(INBOUND_MESSAGES.name, 0)


class OneRecord(SilentSource):
    """A source of one record. log: what happened, in order."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.has_committed = asyncio.Event()
        self._records = [Record(SOURCE.topic, SOURCE.partition, 0, b"acme", encode(inbound("hello")))]

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        self.on_revoked = on_revoked
        on_assigned([SOURCE])

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        taken, self._records = self._records, []
        return taken or await super().fetch(room, timeout)

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        self.log.append("commit")
        self.has_committed.set()
        return True


class Handlers:
    """A handler that collects a change; writing it fails twice."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.failures = 2
        self.handled = asyncio.Event()

    async def handle(self, message: InboundMessage) -> None:
        self.log.append("handled")
        self.handled.set()

    async def write(self) -> None:
        if self.failures:
            self.failures -= 1
            raise DependencyAway("mongodb")
        self.log.append("written")


def runner_of(source: OneRecord, handlers: Handlers, *, commit_interval: float) -> Runner:
    clock = SystemClock()
    return Runner(
        "test",
        source=source,
        handlers={SOURCE.topic: handlers.handle},
        lane_of=lambda _: "",
        dead_letters=DeadLetters("test", source, clock),
        limits=ConsumerLimits(
            window=10, lanes=4, lanes_per_workspace=4, drain=1.0, commit_interval=commit_interval, active=4
        ),
        clock=clock,
        before_commit=handlers.write,
        on_reassigned=lambda: source.log.append("reassigned"),
    )


async def test_offsets_are_committed_when_all_is_written() -> None:
    log: list[str] = []
    source, handlers, stop = OneRecord(log), Handlers(log), asyncio.Event()
    running = asyncio.create_task(runner_of(source, handlers, commit_interval=0.01).run(stop))
    async with asyncio.timeout(20):
        await source.has_committed.wait()
        stop.set()
        await running
    assert log[:4] == ["reassigned", "handled", "written", "commit"]
    assert handlers.failures == 0


@pytest.mark.parametrize("away", [False, True], ids=["written", "store away"])
async def test_revoked_partition_is_written_committed_and_forgotten(*, away: bool) -> None:
    """A record whose changes cannot be written is not committed: the next owner processes it again."""
    log: list[str] = []
    source, handlers, stop = OneRecord(log), Handlers(log), asyncio.Event()
    handlers.failures = 1 if away else 0
    running = asyncio.create_task(runner_of(source, handlers, commit_interval=3600).run(stop))
    async with asyncio.timeout(20):
        await handlers.handled.wait()
        await source.on_revoked([SOURCE])
        assert log == ["reassigned", "handled", *([] if away else ["written", "commit"]), "reassigned"]
        stop.set()
        await running
