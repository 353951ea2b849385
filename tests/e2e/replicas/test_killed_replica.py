"""If one of two replicas is killed for good, the other one continues its work."""

import pytest

from tests.e2e.concurrent_customers import create_customers, replica_of_partition, slow_simulators, write_and_interrupt
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

SERVICES = ("router", "ai", "delivery")


@pytest.mark.parametrize("service", SERVICES)
async def test_remaining_replica_answers_every_message_once(world: World, service: str) -> None:
    crowd = create_customers(world, await world.shop(), seed=11, customers=20)
    since = await world.last_record()

    async def in_the_middle() -> None:
        if service == "router":
            await crowd.wait_accepted(crowd.size // 3)
        else:
            await world.wait_for_sends(crowd.size // 5, since)

    async with slow_simulators(world):
        index = await replica_of_partition(world, service, crowd.shop.workspace)
        await write_and_interrupt(crowd, in_the_middle, lambda: world.stack.kill(service, index))
    await in_thread(world.stack.restart, service, index)
