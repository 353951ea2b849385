"""A partition stops when most of its records fail, instead of filling `dead.letters`."""

import asyncio
from collections import Counter

import msgspec

from shared.errors import Unstorable
from shared.kafka.codec import decode
from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.messages.dead_letters import DeadLetter
from shared.topics import DEAD_LETTERS, Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Look, Work, limits, load, partition_of, raw, request, send, workspaces

LIMIT = 10
BOUNDS = limits(dead_letters=LIMIT)


class Release:
    """A handler that fails, for all workspaces or for one."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)
        self.failed: Counter[str] = Counter()

    async def __call__(self, message: AiRequest) -> None:
        if message.workspace in self.broken:
            self.failed[message.id] += 1
            raise RuntimeError("a bad release")


async def dead_letters(look: Look, topic: Topic) -> list[DeadLetter]:
    """Return the dead letters of a test's topic."""
    letters = [decode(record) for record in await look.records(DEAD_LETTERS.name)]
    return [letter for letter in letters if letter.origin.topic == topic.name]


def decode_id(letter: DeadLetter) -> str:
    """Return the id of the message in a dead letter."""
    return str(msgspec.json.decode(letter.payload)["id"])


async def test_broken_release_makes_dead_letters_up_to_the_limit_and_its_repair_loses_none(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Other partitions go on, though more records are retried than may run at once."""
    broken, healthy = workspaces(2)
    release = Release(broken)
    work = Work(each=release)
    await send(producer, topic, load([broken], conversations=200, turns=2))
    replica = replicate(work, bounds=limits(dead_letters=LIMIT, window=150, lanes=20, lanes_per_workspace=20))
    stopped = f"{topic.name}/{partition_of(broken)}"
    await replica.until(lambda: replica.runner.stats()["stopped"], "the partition stops")
    await send(producer, topic, load([healthy], conversations=30, turns=10))
    await replica.until(lambda: len(work.done) == 300, "the other partition is done")
    # Retried records and those behind them in their lanes fill the window; each was tried, none is a dead letter.
    await replica.until(lambda: len(release.failed) - LIMIT >= 75, "the window is full of what waits")
    assert replica.runner.counts["dead_letter"] == len(await dead_letters(look, topic)) == LIMIT
    assert list(replica.runner.stats()["stopped"]) == [stopped]  # type: ignore[call-overload]
    assert replica.runner.ready

    release.broken.clear()
    await replica.until(lambda: look.all_committed(group, topic), "it goes on by itself, to the end", timeout=30)
    assert replica.runner.stats()["stopped"] == {}
    letters = [decode_id(letter) for letter in await dead_letters(look, topic)]
    assert len(letters) == LIMIT
    assert sorted([*work.done, *letters]) == sorted(
        message.id
        for message in [*load([broken], conversations=200, turns=2), *load([healthy], conversations=30, turns=10)]
    )
    assert all(turns == sorted(turns) for turns in work.turns.values())


async def test_poison_among_healthy_records_does_not_stop_the_partition(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Three times the limit, while the other workspaces of the partition write four times as much."""
    poison, healthy = workspaces(2, together=True)
    work = Work(each=Release(poison))
    messages = [
        message
        for turn in range(3 * LIMIT)
        for message in (*load([healthy], conversations=4, turns=1), request(poison, f"c{turn}", 0))
    ]
    await send(producer, topic, messages)
    replica = replicate(work, bounds=BOUNDS)
    await replica.ready()
    await replica.until(lambda: look.all_committed(group, topic), "the partition is at its end", timeout=30)
    assert replica.runner.counts == {"done": 4 * 3 * LIMIT, "dead_letter": 3 * LIMIT}
    assert replica.runner.stats()["stopped"] == {}


async def test_poison_of_one_workspace_never_stops_the_partition(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Nothing but poison, more than the window holds, and nobody else has written before; then somebody does. It is the
    same for a replica that begins with it.
    """
    hostile, other = workspaces(2, together=True)
    poison = load([hostile], conversations=20 * LIMIT, turns=1)
    await send(producer, topic, [*poison, *load([other], conversations=1, turns=1)])
    bounds = limits(dead_letters=LIMIT, window=5 * LIMIT)
    for _ in range(2):
        work = Work(each=Release(hostile))
        replica = replicate(work, bounds=bounds, single_workspace=False)
        await replica.until(work.done.copy, "the other one is answered", timeout=30)
        assert replica.runner.stats()["stopped"] == {}
        await replica.until(lambda: look.all_committed(group, topic), "each is done or a dead letter", timeout=30)
        assert replica.runner.counts == {"done": 1, "dead_letter": 20 * LIMIT}
        await replica.stop()
        await send(producer, topic, [*poison, *load([other], conversations=1, turns=1)])


async def test_failures_of_several_workspaces_one_after_another_stop_the_partition(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    first, second = workspaces(2, together=True)
    release = Release(first, second)
    await send(producer, topic, [*load([first], 2 * LIMIT, 1), *load([second], 2 * LIMIT, 1)])
    work = Work(each=release)
    replica = replicate(work, bounds=limits(dead_letters=LIMIT, lanes=1), single_workspace=False)
    await replica.until(lambda: replica.runner.stats()["stopped"], "the partition stops")
    letters = len(await dead_letters(look, topic))
    assert letters < 4 * LIMIT
    release.broken.clear()
    await replica.until(lambda: look.all_committed(group, topic), "it goes on by itself", timeout=30)
    assert len(work.done) + len(await dead_letters(look, topic)) == 4 * LIMIT


async def test_unstorable_record_becomes_a_dead_letter_after_one_attempt(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    tries: list[str] = []

    async def handler(message: AiRequest) -> None:
        tries.append(message.id)
        raise Unstorable("a number of more than 64 bits")

    await send(producer, topic, load(workspaces(1), conversations=1, turns=1))
    replica = replicate(handler, bounds=BOUNDS)
    await replica.until(lambda: look.all_committed(group, topic), "it is a dead letter")
    assert len(tries) == len(await dead_letters(look, topic)) == 1


async def test_undecodable_records_stop_their_partition_too(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """With healthy traffic, and after the window, they become dead letters."""
    (workspace,) = workspaces(1)
    await producer.send([raw(topic, workspace, b"\xff" * (n + 1)) for n in range(LIMIT + 5)])
    replica = replicate(Work(), bounds=limits(dead_letters=LIMIT, dead_letter_window=3.0))
    await replica.until(lambda: sum(_waiting(replica.runner.stats())) == 5, "what is over the limit waits")
    assert len(await dead_letters(look, topic)) == LIMIT
    await send(producer, topic, load([workspace], conversations=40, turns=5))
    await replica.until(lambda: look.all_committed(group, topic), "all are dead letters", timeout=30)
    assert replica.runner.counts == {"done": 200, "dead_letter": LIMIT + 5}


async def test_replica_with_a_stopped_partition_leaves_at_once_without_dead_letters(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """SIGTERM long before the end of the drain; a repaired release processes all records."""
    (workspace,) = workspaces(1)
    messages = load([workspace], conversations=60, turns=1)
    await send(producer, topic, messages)
    release = Release(workspace)
    replica = replicate(Work(each=release), bounds=limits(dead_letters=LIMIT, drain=60.0))
    await replica.until(lambda: sum(_waiting(replica.runner.stats())) == 60 - LIMIT, "all the others wait")
    async with asyncio.timeout(20):
        await replica.stop()
    assert len(await dead_letters(look, topic)) == LIMIT

    repaired = Work()
    replica = replicate(repaired)
    await replica.until(lambda: look.all_committed(group, topic), "the next one has done the rest")
    letters = [decode_id(letter) for letter in await dead_letters(look, topic)]
    assert len(letters) == LIMIT
    assert {*repaired.done, *letters} == {message.id for message in messages}


async def test_stopped_partition_moves_to_another_replica(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """A rolling deployment: the old release has stopped, the new one takes over partitions and processes them."""
    names = workspaces(4)
    messages = load(names, conversations=30, turns=1)
    await send(producer, topic, messages)
    old = replicate(Work(each=Release(*names)), bounds=limits(dead_letters=LIMIT, drain=60.0))
    await old.until(lambda: sum(_waiting(old.runner.stats())) == 4 * (30 - LIMIT), "all four partitions have stopped")
    repaired = Work()
    new = replicate(repaired)
    await new.until(lambda: repaired.done, "the new one has partitions, and works")
    await old.stop()
    await new.until(lambda: look.all_committed(group, topic), "all is done", timeout=30)
    letters = [decode_id(letter) for letter in await dead_letters(look, topic)]
    assert {*repaired.done, *letters} == {message.id for message in messages}
    assert len(letters) <= 2 * 4 * LIMIT, "what the old one kept was given to it anew, with a new fuse"


def _waiting(stats: dict[str, object]) -> list[int]:
    stopped = stats["stopped"]
    assert isinstance(stopped, dict)
    return list(stopped.values())
