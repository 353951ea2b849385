"""Two replicas of a service: one dies for good, the other goes on with its work."""

import pytest

from tests.e2e.concurrent_customers import busy, busy_replica, gather_crowd, interrupted
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

SERVICES = ("router", "ai", "delivery")


@pytest.mark.parametrize("service", SERVICES)
async def test_the_replica_that_is_left_answers_everything_once(world: World, service: str) -> None:
    crowd = gather_crowd(world, await world.shop(), seed=11, customers=20)
    since = await world.last_record()

    async def in_the_middle() -> None:
        if service == "router":
            await crowd.accepted_are(crowd.size // 3)
        else:
            await world.accepted_so_far(crowd.size // 5, since)

    async with busy(world):
        index = await busy_replica(world, service, crowd.shop.workspace)
        await interrupted(crowd, in_the_middle, lambda: world.stack.kill(service, index))
    await in_thread(world.stack.restart, service, index)
