"""A flood of one workspace delays neither the others in its partition nor a stop."""

import asyncio

from shared.kafka.producer import KafkaProducer
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Look, Work, limits, load, request, send, workspaces

FLOOD = 4000
AHEAD = limits(
    active=16, window=100, lanes=40, lanes_per_workspace=20, read_ahead=20_000, read_ahead_bytes=2**26, drain=60
)


async def test_records_behind_a_flood_are_processed_before_its_end(
    topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    """Nine others write behind forty windows of one workspace's records; then the process is stopped in the flood's
    midst. It does not stay to finish the flood, and the next one loses nothing and keeps the order.
    """
    flooder, *others = workspaces(10, together=True)
    flood = [request(flooder, f"c{number % 500}", number // 500, "flood") for number in range(FLOOD)]
    behind = load(others, conversations=2, turns=3)
    for first in range(0, FLOOD, 500):
        await send(producer, topic, flood[first : first + 500])
    await send(producer, topic, behind)
    go_on = asyncio.Event()

    async def slow(_: object) -> None:
        if not go_on.is_set():
            await asyncio.sleep(0.05)

    work = Work(orders={"flood": slow})
    replica = replicate(work, bounds=AHEAD)
    served = {message.id for message in behind}
    await replica.until(lambda: served <= set(work.done), "the others are served", timeout=60)
    assert len(work.done) - len(behind) < FLOOD // 2, "the flood is still going on"
    async with asyncio.timeout(30):  # half of the drain's limit
        await replica.stop()
    assert len(work.done) - len(behind) < FLOOD, "it was not waited for"

    go_on.set()
    again = Work(orders={"flood": slow})
    replica = replicate(again, bounds=AHEAD)
    await replica.until(lambda: look.all_committed(group, topic), "the next one does the rest", timeout=60)
    done = [*work.done, *again.done]
    assert set(done) == {message.id for message in (*flood, *behind)}
    assert len(set(done)) == len(done), "nothing is done again"
    for turns in (*work.turns.values(), *again.turns.values()):
        assert turns == list(range(turns[0], turns[-1] + 1))
