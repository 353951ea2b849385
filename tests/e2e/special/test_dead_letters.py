"""An error that makes every record fail stops the partition; once repaired, all customers are answered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from tests.cli.runner import parley
from tests.e2e.shop import FAQS, phone
from tests.e2e.simulator_control import Json
from tests.e2e.stacks import CurrentStack, started
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


async def test_unreadable_workspace_stops_its_partition_until_it_is_applied_again(world: World) -> None:
    """The router cannot read a workspace that was changed by hand.

    A few messages become dead letters, the others wait; the process stays ready and reports the stopped partition. When
    the workspace is applied again, the router continues by itself; after a replay of the dead letters, every customer
    has one answer.
    """
    shop, other = await world.shop(), await world.shop()
    question, answer = next(iter(FAQS.items()))
    await world.mongo.collection("workspaces").update({"_id": shop.workspace}, {"$set": {"bot.mode": "oracle"}})

    customers: list[str] = []
    while not (stopped := await _stopped_partitions(world)):
        customers.append(phone())
        await world.write(shop, customers[-1], question)
    assert len(stopped) == 1
    mine = f'"workspace":"{shop.workspace}"'
    assert len(await world.dead_letters(mine, count=LIMIT)) == LIMIT
    assert await world.metric("router", r"parley_partitions_stopped\{") == 1
    for path in ("/health/ready", "/health/live"):
        assert (await world.ops("router", path))[0] == 200
    neighbour = phone()
    await world.write(other, neighbour, question)
    await world.answers(neighbour)

    await world.reapply(shop)

    async def goes_on() -> bool:
        return not await _stopped_partitions(world)

    await until(goes_on, "the partition continues", within=90)
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    done = await in_thread(parley, "dlq", "replay", "--workspace", shop.workspace, "--yes", *where)
    assert f"{LIMIT} replayed, 0 refused" in done.out, done.err
    for records in await asyncio.gather(*map(world.answers, customers)):
        assert [answer in record["text"] for record in records] == [True]
    assert len(await world.dead_letters(mine, count=LIMIT)) == LIMIT


async def _stopped_partitions(world: World) -> Json:
    """Return the router's stopped partitions."""
    _, stats = await world.ops("router", "/stats")
    found: Json = stats["router"]["stopped"]
    return found
