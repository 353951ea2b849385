"""Replicas start, stop and are suspended under load: a replica that lost a partition sends nothing twice."""

import asyncio
import signal

import pytest

from shared.topics import TOPICS
from tests.e2e.concurrent_customers import ConcurrentCustomers, create_customers, replica_of_partition, slow_simulators
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

SERVICES = ("router", "ai", "delivery")


async def _in_the_middle(world: World, service: str, crowd: ConcurrentCustomers, since: int) -> None:
    if service == "router":
        await crowd.wait_accepted(crowd.size // 3)
    else:
        await world.wait_for_sends(crowd.size // 5, since)


@pytest.mark.parametrize("service", SERVICES)
async def test_suspended_replica_that_lost_its_partitions_sends_nothing_twice(world: World, service: str) -> None:
    """It continues in the middle of its work when its partitions already belong to another replica."""
    crowd = create_customers(world, await world.shop(), seed=23, customers=24)
    since = await world.last_record()
    index = await replica_of_partition(world, service, crowd.shop.workspace)
    async with slow_simulators(world):
        writing = asyncio.create_task(crowd.write())
        await _in_the_middle(world, service, crowd, since)
        world.stack.send_signal(signal.SIGSTOP, service, index)
        try:
            taken = await until(
                lambda: _has_all_partitions(world, service, index), "the other replica has all partitions"
            )
        finally:
            world.stack.send_signal(signal.SIGCONT, service, index)
        assert taken
        await writing
        await crowd.check()
    await in_thread(world.stack.restart, service, index)
    await until(lambda: _all_sent(world, crowd), "all are sent")


async def _all_sent(world: World, crowd: ConcurrentCustomers) -> bool:
    return not await world.stored(crowd.shop, "outbound").find({"state": {"$ne": "sent"}})


async def _has_all_partitions(world: World, service: str, stopped: int) -> bool:
    partitions = sum(topic.partitions for topic in TOPICS.values() if service in topic.consumers)
    _, stats = await world.ops(service, "/stats", 1 - stopped)
    assigned = [name for part in stats.values() if isinstance(part, dict) for name in part.get("assigned", [])]
    return len(assigned) == partitions


async def test_rolling_restart_under_load_loses_and_repeats_no_message(world: World) -> None:
    crowd = create_customers(world, await world.shop(), seed=29, customers=40)
    grace = float(world.stack.env["DRAIN_TIMEOUT"]) + 6
    async with slow_simulators(world):
        writing = asyncio.create_task(crowd.write())
        await crowd.wait_accepted(crowd.size // 4)
        for service in SERVICES:
            index = await replica_of_partition(world, service, crowd.shop.workspace)
            assert await in_thread(world.stack.stop_one, service, index, grace=grace)
            await in_thread(world.stack.restart, service, index)
        await writing
        duplicates = await crowd.check()
    assert duplicates == 0
