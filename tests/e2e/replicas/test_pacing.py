"""Two replicas share the rate limit of a number."""

from tests.e2e.test_pacing import _send_attempts, _send_bulk, _wait_all_sent
from tests.e2e.world import World


async def test_two_replicas_share_one_rate_limit(world: World) -> None:
    shop = await world.shop(profile={"shards": 8})
    await world.update_channel(shop, "main", messages_per_second=40)
    async with world.simulator_settings(meta={"throughput": 40}):
        await _send_bulk(world, shop, 160)
        await _wait_all_sent(world, shop, 160)
    assert all(record["accepted"] for record in await _send_attempts(world, shop))
