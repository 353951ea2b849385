"""One replica of a group: order, independence, bounds, poison records, retries, graceful stops."""

import asyncio

import pytest

from shared.errors import DependencyAway, RetryLater
from shared.kafka.codec import decode
from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.topics import DEAD_LETTERS, Topic
from tests.runtime.conftest import ON_BOTH, Replicate
from tests.runtime.harness import Look, Work, limits, load, partition_of, raw, request, send, workspaces


@ON_BOTH
async def test_conversations_run_in_order_and_beside_each_other(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Every record once, in order in its conversation, many at once; nothing again after a graceful stop."""
    messages = load(workspaces(3), conversations=8, turns=6)
    await send(producer, topic, messages)
    work = Work(each=lambda message: asyncio.sleep(0.002 * (message.turn % 3)))
    replica = replicate(work)
    await replica.until(lambda: len(work.done) == len(messages), "all are done")
    await replica.stop()
    assert sorted(work.done) == sorted(message.id for message in messages)
    assert all(turns == sorted(turns) for turns in work.turns.values())
    assert work.most_running > 5
    assert await look.all_committed(group, topic)

    again = Work()
    replica = replicate(again)
    await replica.ready()
    marker = request(workspaces(1)[0], "later", 0)
    await send(producer, topic, [marker])
    await replica.until(lambda: again.done, "the marker is done")
    assert again.begun == [marker.id]


async def test_slow_conversation_does_not_block_its_partition(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Other lanes of the partition go on; the committed offset stays at the slow record until it is done."""
    (workspace,) = workspaces(1)
    go_on = asyncio.Event()
    messages = [request(workspace, "slow", 0, "wait"), *load([workspace], conversations=30, turns=2)]
    await send(producer, topic, [*messages, request(workspace, "slow", 1)])
    work = Work(orders={"wait": lambda _: go_on.wait()})  # type: ignore[dict-item,return-value]  # its True is ignored
    replica = replicate(work)
    await replica.until(lambda: len(work.done) == 60, "the neighbours are done")
    assert f"{workspace}/slow/1" not in work.begun, "what follows in the conversation waits"
    assert await look.committed(group, topic) == {}
    assert replica.runner.stats()["window"] == 62
    assert float(str(replica.runner.stats()["oldest_seconds"])) >= 0
    go_on.set()
    await replica.until(lambda: look.all_committed(group, topic), "everything is committed")
    assert work.turns[f"{workspace}/slow"] == [0, 1]


async def test_partition_with_a_full_window_is_not_fetched_while_others_are(
    topic: Topic, producer: KafkaProducer, replicate: Replicate
) -> None:
    """A partition has at most its window and one fetch in memory; other partitions go on."""
    full, free = workspaces(2)
    assert partition_of(full) != partition_of(free)
    go_on = asyncio.Event()
    await send(producer, topic, [request(full, f"c{number}", 0, "wait") for number in range(300)])
    work = Work(orders={"wait": lambda _: go_on.wait()})  # type: ignore[dict-item,return-value]  # its True is ignored
    replica = replicate(work, bounds=limits(window=7, lanes=1000, lanes_per_workspace=500))
    await replica.until(lambda: len(work.running) >= 7, "the window is full")
    await send(producer, topic, load([free], conversations=20, turns=50))
    await replica.until(lambda: len(work.done) == 1000, "a window that has room again is filled")
    assert 7 <= len(work.running) <= 7 + 100
    go_on.set()
    await replica.until(lambda: len(work.done) == 1300, "the rest is fetched and done")


async def test_workspace_runs_at_most_its_cap(topic: Topic, producer: KafkaProducer, replicate: Replicate) -> None:
    """The other workspaces of its partition run beside it."""
    big, small = workspaces(2, together=True)
    go_on = asyncio.Event()
    await send(producer, topic, [request(big, f"c{number}", 0, "wait") for number in range(30)])
    await send(producer, topic, load([small], conversations=5, turns=3))
    work = Work(orders={"wait": lambda _: go_on.wait()})  # type: ignore[dict-item,return-value]  # its True is ignored
    replica = replicate(work, bounds=limits(lanes=6, lanes_per_workspace=4))
    await replica.until(lambda: len(work.done) == 15, "the small workspace is served")
    assert work.most_of[big] == 4
    go_on.set()
    await replica.until(lambda: len(work.done) == 45, "all are done")
    assert work.most_of[big] == 4
    assert work.most_running <= 6


@ON_BOTH
async def test_poison_records_become_dead_letters_and_the_partition_goes_on(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Undecodable records at once, failing ones after their retries; once only, with all that a replay needs."""
    (workspace,) = workspaces(1)

    async def fail(message: AiRequest) -> None:
        raise RuntimeError(f"cannot do {message.id}")

    poison = [b"", b"\xff\xfe", b"{}", b'{"id": 5}', b"x" * 2_000_000]  # the embedded one keeps 5 MB
    await producer.send([raw(topic, workspace, value) for value in poison])
    await send(producer, topic, [request(workspace, "bad", 0, "fail"), request(workspace, "bad", 1)])
    await send(producer, topic, load([workspace], conversations=3, turns=1))
    work = Work(orders={"fail": fail})
    replica = replicate(work)
    await replica.until(lambda: look.all_committed(group, topic), "the partition has moved on")
    await replica.stop()

    assert work.begun.count(f"{workspace}/bad/0") == 1 + topic.retries
    assert sorted(work.done) == sorted([f"{workspace}/bad/1", *(f"{workspace}/c{number}/0" for number in range(3))])
    assert replica.runner.counts["dead_letter"] == len(poison) + 1
    letters = [decode(record) for record in await look.records(DEAD_LETTERS.name)]
    mine = [letter for letter in letters if isinstance(letter, DeadLetter) and letter.replay_topic == topic.name]
    assert sorted(letter.payload for letter in mine if letter.reason is DeadLetterReason.UNDECODABLE) == sorted(poison)
    (failed,) = [letter for letter in mine if letter.reason is DeadLetterReason.HANDLER_FAILED]
    assert failed.detail == f"RuntimeError: cannot do {workspace}/bad/0"
    assert failed.workspace == failed.key.decode() == workspace
    assert failed.origin.offset == len(poison)
    assert failed.correlation_id == request(workspace, "bad", 0).correlation_id


async def test_handler_is_called_again_until_its_dependency_is_back(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """More often than a failing handler; no dead letter, no loss, and no other lane waits."""
    (workspace,) = workspaces(1)
    left = 4

    async def away(_: AiRequest) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise DependencyAway("mongodb", "test")

    await send(producer, topic, [request(workspace, "c", 0, "away"), request(workspace, "d", 0)])
    work = Work(orders={"away": away})
    replica = replicate(work)
    await replica.until(lambda: work.done == [f"{workspace}/d/0"], "the neighbour does not wait")
    await replica.until(lambda: len(work.done) == 2, "it is done when the dependency is back")
    await replica.until(lambda: look.all_committed(group, topic), "both are committed")
    assert replica.runner.counts == {"done": 2}


async def test_record_to_be_retried_later_does_not_occupy_a_lane(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """With one lane in all, others run meanwhile; the rest of its lane, and the offset, wait."""
    (workspace,) = workspaces(1)
    due = asyncio.Event()

    async def early(_: AiRequest) -> None:
        if not due.is_set():
            raise RetryLater(0.05)

    await send(producer, topic, [request(workspace, "early", 0, "early"), request(workspace, "early", 1)])
    await send(producer, topic, load([workspace], conversations=5, turns=2))
    work = Work(orders={"early": early})
    replica = replicate(work, bounds=limits(lanes=1))
    await replica.until(
        lambda: len(work.done) == 10 and work.begun.count(f"{workspace}/early/0") > 3, "the others are done"
    )
    assert set((await look.committed(group, topic)).values()) <= {0}
    assert f"{workspace}/early/1" not in work.begun
    due.set()
    await replica.until(lambda: look.all_committed(group, topic), "everything is committed")
    assert work.turns[f"{workspace}/early"] == [0, 1]
    assert replica.runner.counts == {"done": 12}


async def test_stop_during_an_outage_loses_no_record(
    topic: Topic, producer: KafkaProducer, replicate: Replicate
) -> None:
    """The record is abandoned within the drain and read again by the next process."""
    (workspace,) = workspaces(1)

    async def away(_: AiRequest) -> None:
        raise DependencyAway("redis", "test")

    await send(producer, topic, [request(workspace, "c", 0, "away"), *load([workspace], conversations=2, turns=1)])
    work = Work(orders={"away": away})
    replica = replicate(work)
    await replica.until(lambda: len(work.done) >= 1 and f"{workspace}/c/0" in work.begun, "it waits for it")
    async with asyncio.timeout(30):
        await replica.stop()
    again = Work()
    replica = replicate(again)
    await replica.until(lambda: f"{workspace}/c/0" in again.done, "it is done by the next")
    assert replica.runner.counts["dead_letter"] == 0


@ON_BOTH
@pytest.mark.parametrize("commit_interval", [0.05, 0.001], ids=["between commits", "in the middle of a commit"])
async def test_graceful_stop_finishes_started_records_and_drops_the_rest(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate, commit_interval: float
) -> None:
    """SIGTERM during work: running records are finished, the next process does the rest; nothing twice."""
    names = workspaces(3)
    messages = load(names, conversations=6, turns=8)
    await send(producer, topic, messages)
    work = Work(each=lambda message: asyncio.sleep(0.03 + 0.001 * message.turn))
    replica = replicate(work, bounds=limits(lanes=10, commit_interval=commit_interval))
    await replica.until(lambda: len(work.done) >= 25, "it is in the middle of the work")
    await replica.stop()
    assert sorted(work.begun) == sorted(work.done), "nothing was cut off"
    again = Work()
    replica = replicate(again)
    await replica.until(lambda: look.all_committed(group, topic), "the next one has done the rest")
    await replica.stop()
    assert sorted(work.done + again.done) == sorted(message.id for message in messages)
    assert work.done
    assert again.done


@ON_BOTH
async def test_skipped_record_is_done_at_once_and_does_not_commit_unfinished_ones(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    (workspace,) = workspaces(1)
    gate = asyncio.Event()

    async def wait(_: AiRequest) -> None:
        await gate.wait()

    work = Work(orders={"wait": wait})
    replica = replicate(work, skip=lambda record: b"nothing" in record.value)
    await send(producer, topic, [request(workspace, "nothing", 0), request(workspace, "a", 0, "wait")])
    await send(producer, topic, [request(workspace, "nothing", turn) for turn in range(1, 20)])
    await replica.until(lambda: replica.runner.counts["done"] == 20 and work.begun, "all but one are done")

    async def up_to_it() -> bool:
        return await look.committed(group, topic) == {partition_of(workspace): 1}

    await replica.until(up_to_it, "what stands before it is committed")
    gate.set()
    await replica.until(lambda: look.all_committed(group, topic), "then all of it is")
    assert work.begun == [f"{workspace}/a/0"]


async def test_drain_ends_at_its_time_limit(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """A handler longer than the drain is cancelled, and its record is read again."""
    (workspace,) = workspaces(1)
    messages = [request(workspace, "c", 0), request(workspace, "d", 0, "never"), request(workspace, "e", 0)]
    await send(producer, topic, messages)
    work = Work(orders={"never": lambda _: asyncio.sleep(3600)})
    replica = replicate(work, bounds=limits(drain=0.5))
    await replica.until(lambda: len(work.begun) == 3 and len(work.done) == 2, "one is stuck")
    async with asyncio.timeout(30):
        await replica.stop()
    assert work.running == set(), "it was cut off before what it works with is closed"
    assert await look.committed(group, topic) == {partition_of(workspace): 1}
    again = Work()
    replica = replicate(again)
    await replica.until(lambda: look.all_committed(group, topic), "the next one has done the rest")
    assert again.done == [f"{workspace}/d/0"], "and nothing else"


@ON_BOTH
async def test_metrics_can_be_read_while_a_replica_starts_runs_and_stops(
    topic: Topic, producer: KafkaProducer, replicate: Replicate
) -> None:
    """Prometheus asks at any moment."""
    replica = replicate(Work())
    over = asyncio.Event()

    async def observe() -> int:
        times = 0
        while not over.is_set():
            await replica.runner.observe()
            times += 1
            await asyncio.sleep(0)
        return times

    observing = asyncio.create_task(observe())
    try:
        await replica.ready()
        await replica.stop()
    finally:
        over.set()
    assert await observing
