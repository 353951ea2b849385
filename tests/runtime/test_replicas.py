"""Several replicas of one group join and leave under load, on a Kafka that can host them."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import pytest

from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Cluster, Look, Work, limits, load, request, send, until, workspaces
from tests.runtime.processes import Account


@pytest.fixture
def cluster(real: Cluster) -> Cluster:
    return real


def together(*works: Work) -> list[str]:
    return sorted(id_ for work in works for id_ in work.done)


def busy() -> Work:
    return Work(each=lambda message: asyncio.sleep(0.005 * (1 + message.turn % 4)))


class Feed:
    """Sends messages until stopped, so that all rebalances happen under load."""

    def __init__(self, producer: KafkaProducer, topic: Topic) -> None:
        self.messages: list[AiRequest] = []
        self._producer = producer
        self._topic = topic
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        names = workspaces(4)
        for turn in itertools.count():
            batch = [request(name, f"c{number}", turn) for number in range(5) for name in names]
            await send(self._producer, self._topic, batch)
            self.messages += batch
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.05)
                return

    async def stop(self) -> list[str]:
        """The ids of everything that was sent."""
        self._stop.set()
        await self._task
        return sorted(message.id for message in self.messages)


async def test_replicas_join_and_leave_under_load(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Every record is done exactly once, in order, and all are committed."""
    works = [busy() for _ in range(3)]
    one = replicate(works[0])
    await one.ready()
    feed = Feed(producer, topic)
    await one.until(lambda: works[0].done, "the first works")
    two = replicate(works[1])
    await two.until(lambda: works[1].done, "the second works")
    three = replicate(works[2])
    await three.ready()
    await one.stop()
    await three.until(lambda: works[2].done, "the third works")
    await three.stop()
    sent = await feed.stop()
    await two.until(lambda: look.all_committed(group, topic), "everything is committed")
    await two.stop()
    assert together(*works) == sent
    for work in works:
        assert all(turns == sorted(turns) for turns in work.turns.values())


async def test_instances_with_names_join_and_restart_under_load(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Static membership: a second instance joins, and the first is restarted; exactly once again."""
    works = [busy() for _ in range(3)]
    one = replicate(works[0], instance="0", session_timeout=20.0)
    await one.ready()
    feed = Feed(producer, topic)
    await one.until(lambda: works[0].done, "the first works")
    two = replicate(works[1], instance="1", session_timeout=20.0)
    await two.until(lambda: works[1].done, "the second works")
    await one.stop()
    again = replicate(works[2], instance="0", session_timeout=20.0)
    await again.until(lambda: works[2].done, "the first works again, long before its session would have timed out")
    sent = await feed.stop()
    await two.until(lambda: look.all_committed(group, topic), "everything is committed")
    assert together(*works) == sent


async def test_call_longer_than_the_drain_is_cancelled_by_a_rebalance(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """The rebalance does not wait for it; the next owner of the partition reads the record again."""
    names = workspaces(4)
    messages = load(names, conversations=5, turns=2)
    go_on = asyncio.Event()

    async def hang(message: AiRequest) -> None:
        if message.conversation_id == "c0" and message.turn == 0:
            await go_on.wait()

    works = [Work(each=hang), Work()]
    await send(producer, topic, messages)
    one = replicate(works[0], bounds=limits(drain=0.3), rebalance_timeout=60.0)
    await one.until(lambda: len(works[0].done) == 4 * 8, "only those that hang are left")
    two = replicate(works[1], rebalance_timeout=60.0)
    await two.until(lambda: works[1].done, "the second has partitions")
    go_on.set()
    await two.until(lambda: look.all_committed(group, topic), "everything is committed")
    assert set(together(*works)) == {message.id for message in messages}
    for name in names:
        turns = [turn for work in works for turn in work.turns[f"{name}/c0"]]
        assert turns == [0, 1], "the one that hung was done once, and before what follows it"


async def test_replicas_killed_while_joining_lose_no_record(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, tmp_path: Path, cluster: Cluster, kind: str
) -> None:
    """Others are killed at different moments of joining; one stays and finishes everything."""
    account = Account(tmp_path / "account", cluster, kind, topic, group)
    with contextlib.ExitStack() as stack:
        stack.callback(account.kill_all)
        stays = account.live(session_timeout=1.5)
        await account.until_ready(1)
        feed = Feed(producer, topic)
        for moment in (0.4, 0.55, 0.7):
            passing = account.live(session_timeout=1.5)
            await asyncio.sleep(moment)  # from before it joins until it works
            passing.kill()
        await feed.stop()
        await account.until_done(feed.messages, stays)
        await until(lambda: look.all_committed(group, topic), "everything is committed")
        await account.end(stays)
    account.check_order()
