"""An error that makes every record fail stops the partition; once repaired, all customers are answered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from tests.cli.runner import parley
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.simulator_control import Json
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.test_extreme_values import partition_of
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

LIMIT = 5


@pytest.fixture(scope="module")
def stack(current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose logs are not checked, because handlers fail."""
    env = {"DEAD_LETTER_LIMIT": str(LIMIT)}
    current_stack.close()
    with started(tmp_path_factory.mktemp("fused"), None, env) as stack:
        yield stack


async def test_unreadable_workspaces_stop_their_partition_until_they_are_applied_again(world: World) -> None:
    """The router cannot read two workspaces that were changed by hand.

    A few messages become dead letters, the others wait; the process stays ready and reports the stopped partition. When
    the workspaces are applied again, the router continues by itself; after a replay of the dead letters, every customer
    has one answer.
    """
    (first, second), neighbour = await two_of_one_partition(world), await world.shop()
    broken = (first, second)
    question, answer = next(iter(FAQS.items()))
    for shop in broken:
        await world.mongo.collection("workspaces").update({"_id": shop.workspace}, {"$set": {"bot.mode": "oracle"}})
    customers: list[str] = []

    async def write_to_both() -> None:
        for shop in broken:
            customers.append(phone())
            await world.write(shop, customers[-1], question)

    await write_to_both()
    for shop in broken:  # failures of one workspace alone would not stop the partition
        await world.dead_letters(_of(shop))
    while not (stopped := await _stopped_partitions(world)):
        await write_to_both()
    assert len(stopped) == 1
    assert sum([len(await world.dead_letters(_of(shop))) for shop in broken]) == LIMIT
    assert await world.metric("router", r"parley_partitions_stopped\{") == 1
    for path in ("/health/ready", "/health/live"):
        assert (await world.ops("router", path))[0] == 200
    beside = phone()
    await world.write(neighbour, beside, question)
    await world.answers(beside)

    await asyncio.gather(*map(world.reapply, broken))

    async def goes_on() -> bool:
        return not await _stopped_partitions(world)

    await until(goes_on, "the partition continues", within=90)
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    for shop in broken:
        letters = len(await world.dead_letters(_of(shop)))
        done = await in_thread(parley, "dlq", "replay", "--workspace", shop.workspace, "--yes", *where)
        assert f"{letters} replayed, 0 refused" in done.out, done.err
    for records in await asyncio.gather(*map(world.answers, customers)):
        assert [answer in record["text"] for record in records] == [True]


async def two_of_one_partition(world: World) -> tuple[Shop, Shop]:
    """Create workspaces until two share a partition of each topic."""
    by_partition: dict[int, Shop] = {}
    while True:
        shop = await world.shop()
        if earlier := by_partition.get(partition_of(shop.workspace)):
            return earlier, shop
        by_partition[partition_of(shop.workspace)] = shop


def _of(shop: Shop) -> str:
    return f'"workspace":"{shop.workspace}"'


async def _stopped_partitions(world: World) -> Json:
    """Return the router's stopped partitions."""
    _, stats = await world.ops("router", "/stats")
    found: Json = stats["router"]["stopped"]
    return found
