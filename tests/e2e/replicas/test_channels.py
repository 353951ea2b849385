"""The state of a channel is shared by all replicas."""

import pytest

from tests.e2e.shop import FAQS, phone
from tests.e2e.test_channels import ANSWER, _all_sent, _wait_attempts, _wait_held
from tests.e2e.waiting import until
from tests.e2e.world import World


async def test_held_messages_are_sent_once_when_two_replicas_release_them(world: World) -> None:
    shop = await world.shop(profile={"shards": 16})
    customers = [phone() for _ in range(60)]
    renewed = await world.replace_token(shop, apply=False)
    for customer in customers:
        for text in ("Where are you?", "How can I pay?"):
            await world.write(shop, customer, text)
    await _wait_held(world, shop, 120)
    await world.reapply(renewed, shards=16)
    for customer in customers:
        assert [answer["text"] for answer in await world.answers(customer, 2)] == [ANSWER, FAQS["How can I pay?"]]
    await until(lambda: _all_sent(world, shop), "all are sent")


@pytest.mark.parametrize("wait", [2.0, 6.0], ids=["a moment", "longer"])
async def test_throttled_channel_pauses_in_all_replicas(world: World, wait: float) -> None:
    shop = await world.shop(profile={"shards": 16})
    other, stranger = await world.shop(), phone()
    customers = [phone() for _ in range(30)]
    await world.script("meta", {"kind": "throttle", "retry_after": wait}, to=customers[0], kind="message")
    await world.write(shop, customers[0], "Where are you?")
    (refused,) = await _wait_attempts(world, customers[0], 1)
    await world.write(other, stranger, "Where are you?")
    for customer in customers:
        await world.write(shop, customer, "How can I pay?")
    (free,) = await world.answers(stranger)
    assert free["at"] - refused["at"] < wait, "other channels are not delayed"
    for customer in customers:
        answers = await world.answers(customer, 2 if customer == customers[0] else 1)
        assert answers[0]["at"] - refused["at"] >= wait
    records = await world.topic("outbound.messages", lambda it: f'"workspace":"{shop.workspace}"'.encode() in it.value)
    assert len({record.partition for record in records}) > 4, "both replicas had partitions"
    for customer in customers:
        assert len(await world.attempts(customer)) == (3 if customer == customers[0] else 1)
