"""Two replicas share the pace of a number."""

from tests.e2e.test_pacing import _all_sent, _broadcast, _of
from tests.e2e.world import World


async def test_two_replicas_share_one_limit(world: World) -> None:
    shop = await world.shop(profile={"shards": 8})
    await world.tune(shop, "main", messages_per_second=40)
    async with world.configured(meta={"throughput": 40}):
        await _broadcast(world, shop, 160)
        await _all_sent(world, shop, 160)
    assert all(record["accepted"] for record in await _of(world, shop))
