"""Two replicas of delivery share a broadcast."""

from shared.domain.broadcast import BroadcastStage
from tests.e2e.shop import phone
from tests.e2e.test_broadcast import _sends_at_least, create_broadcast, template
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def test_broadcast_is_sent_once_while_one_of_two_replicas_stops(world: World) -> None:
    shop, people = await world.shop(profile={"shards": 8}), [phone() for _ in range(120)]
    made = await create_broadcast(world, shop, template(), people, rate=40.0)
    await until(lambda: _sends_at_least(world, people, 20), "20 recipients have the message")
    assert await in_thread(world.stack.stop_one, "delivery", grace=20.0)
    try:
        await made.wait_for_stage(BroadcastStage.DONE)
        await made.wait_for_counts(read=120)
        assert [len(await world.answers(one)) for one in people] == [1] * 120
    finally:
        await in_thread(world.stack.restart, "delivery")
