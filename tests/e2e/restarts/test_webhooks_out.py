"""Webhook calls that wait for a retry survive the kill of delivery."""

from shared.clock import SystemClock
from tests.e2e.crm import Crm, shop_with_webhook
from tests.e2e.shop import phone
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def test_waiting_webhook_calls_are_retried_after_delivery_was_killed(world: World, crm: Crm) -> None:
    """This stack calls no private addresses: the calls fail and are retried."""
    shop, ada = await shop_with_webhook(world, crm, "message.received"), phone()
    await world.write(shop, ada, "Where are you?")
    waiting = world.stored(shop, "webhook_deliveries")
    (found,) = await until(lambda: waiting.find({}), "the call waits for its retry")
    assert found["error"] == "only https may be called"
    assert crm.calls == []
    await in_thread(world.stack.kill, "delivery")
    await world.wait_ready("delivery", within=120)  # a slow machine takes long to start a process
    await waiting.update_many({}, {"$set": {"next_at": SystemClock().now()}})

    async def tried_again() -> bool:
        (now,) = await waiting.find({})
        return bool(now["tries"] > 1)

    # Longer than the lease of a minute: an attempt that is interrupted is repeated after it.
    await until(tried_again, "the call is retried", within=85)
    assert crm.calls == [], "no call of a private address"
