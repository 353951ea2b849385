"""A provider is unreachable for a while."""

from tests.e2e.shop import phone, word
from tests.e2e.test_channels import ANSWER, _all_sent, _all_waiting
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def test_messages_are_sent_when_an_unreachable_provider_is_back(world: World) -> None:
    shop, marker = await world.shop(), word()
    customers = [phone() for _ in range(5)]
    await world.write(shop, customers[0], f"remark {marker}")
    await world.answers(customers[0])
    await in_thread(world.stack.kill, "simulators", stay_down=True)
    try:
        for customer in customers:
            await world.write(shop, customer, "Where are you?")
        await until(lambda: _all_waiting(world, shop, len(customers)), "all messages wait")
        assert (
            await world.metric("delivery", r'parley_channel_pauses_total\{provider="meta",reason="unreachable"\}') >= 1
        )
    finally:
        await in_thread(world.stack.restart, "simulators")
    await world.register_with_simulators(shop)
    for customer in customers:
        assert [answer["text"] for answer in await world.answers(customer)] == [ANSWER]
    await until(lambda: _all_sent(world, shop), "all are sent")
