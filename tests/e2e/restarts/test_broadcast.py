"""A broadcast goes on where it was when delivery was killed."""

import os

import pytest

from shared.domain.broadcast import BroadcastStage
from tests.e2e.shop import phone
from tests.e2e.test_broadcast import _sent, make, template
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


@pytest.mark.parametrize("seed", range(int(os.environ.get("PARLEY_E2E_SEEDS", "1"))))
async def test_delivery_killed_in_the_middle_leaves_nobody_out_and_writes_to_nobody_twice(
    world: World, seed: int
) -> None:
    shop, people = await world.shop(), [phone() for _ in range(120)]
    made = await make(world, shop, template(), people, rate=40.0)
    await until(lambda: _sent(world, people, 10 + 30 * seed), "it is in the middle")
    await in_thread(world.stack.kill, "delivery")
    await made.becomes(BroadcastStage.DONE)
    await made.until_counts(read=120)
    got = [len(await world.answers(one)) for one in people]
    assert got == [1] * 120
