"""A batch handler: all records that wait at the head of a lane together; one by one when that fails."""

import asyncio
from collections.abc import Sequence

from shared.errors import DependencyAway, RetryLater
from shared.kafka.codec import decode
from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.messages.dead_letters import DeadLetter
from shared.topics import DEAD_LETTERS, Topic
from tests.runtime.conftest import ON_BOTH, Replicate
from tests.runtime.harness import Look, Work, limits, load, request, send, workspaces


class Batches:
    """A batch handler, and the handler of single records, that keep account."""

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.batches: list[list[str]] = []
        self.single = Work(orders={"bad": self._fail, "later": self._later})
        self.due = asyncio.Event()

    async def __call__(self, messages: Sequence[AiRequest]) -> None:
        self.batches.append([message.id for message in messages])
        if any(message.channel for message in messages):
            raise ValueError("the batch has a record that cannot be processed with others")

    async def _fail(self, message: AiRequest) -> None:
        raise RuntimeError(f"cannot do {message.id}")

    async def _later(self, _: AiRequest) -> None:
        if not self.due.is_set():
            raise RetryLater(0.05)


def _turns(workspace: str, count: int, **orders: str) -> list[AiRequest]:
    return [request(workspace, "c", turn, orders.get(f"t{turn}", "")) for turn in range(count)]


@ON_BOTH
async def test_records_that_wait_in_a_lane_are_processed_together(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    names = workspaces(2)
    await send(producer, topic, load(names, conversations=2, turns=30))
    handlers = Batches()
    replica = replicate(handlers.single, batch_handler=handlers)
    await replica.ready()
    await replica.until(lambda: look.all_committed(group, topic), "all are committed")
    assert replica.runner.counts == {"done": 120}
    together = [one for batch in handlers.batches for one in batch]
    assert len(handlers.batches) < 40
    for name in names:
        for conversation in ("c0", "c1"):
            lane = f"{name}/{conversation}/"
            found = [one for one in together + handlers.single.done if one.startswith(lane)]
            assert sorted(found) == sorted(f"{lane}{turn}" for turn in range(30)), "each once"
    assert all(len({one.rpartition("/")[0] for one in batch}) == 1 for batch in handlers.batches), "of one lane"
    assert all(
        [int(one.rpartition("/")[2]) for one in batch] == sorted(int(one.rpartition("/")[2]) for one in batch)
        for batch in handlers.batches
    ), "in order"


async def test_bad_record_of_a_batch_harms_only_itself(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    (workspace,) = workspaces(1)
    await send(producer, topic, _turns(workspace, 6, t2="bad"))
    handlers = Batches()
    replica = replicate(handlers.single, batch_handler=handlers)
    await replica.ready()
    await replica.until(lambda: look.all_committed(group, topic), "the partition goes on")
    await replica.stop()
    assert replica.runner.counts == {"done": 5, "dead_letter": 1}
    letters = [decode(record) for record in await look.records(DEAD_LETTERS.name)]
    mine = [one for one in letters if isinstance(one, DeadLetter) and one.replay_topic == topic.name]
    assert [one.detail for one in mine] == [f"RuntimeError: cannot do {workspace}/c/2"]


async def test_record_that_is_retried_later_holds_back_only_what_follows_it(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    (workspace,) = workspaces(1)
    await send(producer, topic, _turns(workspace, 6, t2="later"))
    handlers = Batches()
    replica = replicate(handlers.single, batch_handler=handlers, bounds=limits(lanes=1))
    late = f"{workspace}/c/2"
    await replica.until(lambda: handlers.single.begun.count(late) > 2, "it is retried")
    assert set((await look.committed(group, topic)).values()) <= {2}
    assert not {f"{workspace}/c/{turn}" for turn in (3, 4, 5)} & set(handlers.single.begun)
    handlers.due.set()
    await replica.until(lambda: look.all_committed(group, topic), "all are committed")
    assert replica.runner.counts == {"done": 6}


async def test_batch_waits_for_its_dependency_and_a_stop_loses_nothing(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    (workspace,) = workspaces(1)
    calls = 0

    async def away(messages: Sequence[AiRequest]) -> None:
        nonlocal calls
        calls += 1
        raise DependencyAway("mongodb", "test")

    async def single(message: AiRequest) -> None:
        await away([message])

    await send(producer, topic, _turns(workspace, 4))
    replica = replicate(single, batch_handler=away)
    await replica.until(lambda: calls > 1, "it is called again")
    async with asyncio.timeout(30):
        await replica.stop()
    assert await look.committed(group, topic) == {}
    handlers = Batches()
    replica = replicate(handlers.single, batch_handler=handlers)
    await replica.ready()
    await replica.until(lambda: look.all_committed(group, topic), "the next process does them")
    assert replica.runner.counts == {"done": 4}


async def test_batch_that_exceeds_the_drain_is_read_again(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    (workspace,) = workspaces(1)
    begun = asyncio.Event()

    async def stuck(_: object) -> None:
        begun.set()
        await asyncio.sleep(3600)

    await send(producer, topic, _turns(workspace, 4))
    replica = replicate(stuck, batch_handler=stuck, bounds=limits(drain=0.3))
    await replica.until(begun.is_set, "it is stuck")
    async with asyncio.timeout(30):
        await replica.stop()
    handlers = Batches()
    replica = replicate(handlers.single, batch_handler=handlers)
    await replica.ready()
    await replica.until(lambda: look.all_committed(group, topic), "the next process does them")
    assert replica.runner.counts == {"done": 4}
