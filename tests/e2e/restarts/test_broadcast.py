"""A broadcast continues after delivery was killed, without duplicates."""

import os

import pytest

from shared.domain.broadcast import BroadcastStage
from tests.e2e.shop import phone
from tests.e2e.test_broadcast import _sends_at_least, create_broadcast, template
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


@pytest.mark.parametrize("seed", range(int(os.environ.get("PARLEY_E2E_SEEDS", "1"))))
async def test_broadcast_reaches_each_recipient_once_when_delivery_is_killed(world: World, seed: int) -> None:
    shop, people = await world.shop(), [phone() for _ in range(120)]
    made = await create_broadcast(world, shop, template(), people, rate=40.0)
    await until(lambda: _sends_at_least(world, people, 10 + 30 * seed), "some recipients have the message")
    await in_thread(world.stack.kill, "delivery")
    await made.wait_for_stage(BroadcastStage.DONE)
    await made.wait_for_counts(read=120)
    got = [len(await world.answers(one)) for one in people]
    assert got == [1] * 120
