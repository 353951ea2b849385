"""A service that is killed during its work and restarted loses no message and sends none twice.

PARLEY_E2E_SEEDS: the number of runs of each test, with different moments of the kill.
"""

import asyncio
import os
import random

import pytest

from devtools.simulators.webhooks import meta_webhook
from tests.e2e.concurrent_customers import create_customers, slow_simulators, write_and_interrupt
from tests.e2e.shop import phone, word
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

SEEDS = range(int(os.environ.get("PARLEY_E2E_SEEDS", "1")))
SERVICES = ("router", "ai", "delivery", "ingress")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("service", SERVICES)
async def test_messages_are_answered_once_and_in_order_when_a_service_is_killed(
    world: World, service: str, seed: int
) -> None:
    crowd = create_customers(world, await world.shop(), seed=seed)
    moment = random.Random(f"{service}{seed}").randint(4, crowd.size // 2)
    since = await world.last_record()

    async def in_the_middle() -> None:
        if service in ("ingress", "router"):
            await crowd.wait_accepted(moment)
        else:
            await world.wait_for_sends(moment, since)

    before = world.stack.info["pids"][service]
    async with slow_simulators(world):
        await write_and_interrupt(crowd, in_the_middle, lambda: world.stack.kill(service))
    assert world.stack.info["pids"][service] != before
    await world.wait_ready(service)


async def test_messages_are_answered_once_and_in_order_when_all_services_are_killed(world: World) -> None:
    crowd = create_customers(world, await world.shop(), seed=5)

    def kill_all() -> None:
        for service in SERVICES:
            world.stack.kill(service)

    async with slow_simulators(world):
        await write_and_interrupt(crowd, lambda: crowd.wait_accepted(crowd.size // 2), kill_all)
    await world.wait_ready(*SERVICES)


@pytest.mark.parametrize("service", SERVICES)
async def test_graceful_stop_under_load_ends_in_time_without_loss_or_duplicates(world: World, service: str) -> None:
    crowd = create_customers(world, await world.shop(), seed=7)
    since = await world.last_record()
    polite: list[bool] = []

    async def in_the_middle() -> None:
        if service in ("ingress", "router"):
            await crowd.wait_accepted(crowd.size // 3)
        else:
            await world.wait_for_sends(crowd.size // 4, since)

    def end_and_start() -> None:
        polite.append(world.stack.stop_one(service, grace=float(world.stack.env["DRAIN_TIMEOUT"]) + 6))
        world.stack.restart(service)

    async with slow_simulators(world):
        duplicates = await write_and_interrupt(crowd, in_the_middle, end_and_start)
    assert polite == [True]
    assert duplicates == 0


async def test_redelivered_webhook_is_answered_once_after_a_restart_of_all_services(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    body = meta_webhook(world.item(shop, ada, f"remark {marker}"))
    assert await world.post_meta(body) == 200
    await world.answers(ada)
    await asyncio.gather(*(in_thread(world.stack.restart, service) for service in SERVICES))
    assert [await world.post_meta(body) for _ in range(3)] == [200] * 3
    assert len(await world.settled_answers(shop, ada)) == 1
    assert len(await world.calls(marker)) == 1


async def test_status_confirms_a_message_whose_send_was_interrupted_by_a_kill(world: World) -> None:
    shop, ada = await world.shop(), phone()
    async with world.simulator_settings(meta={"latency": 1.0}):
        await world.write(shop, ada, "Where are you?")
        await world.outbound_when(shop, lambda it: it["state"] == "sending")
        await in_thread(world.stack.kill, "delivery")
        (sent,) = await world.answers(ada)
    stored = await world.outbound_when(shop, lambda it: it["state"] == "sent", _id=sent["opaque"])
    assert not stored.get("possible_duplicate")
    await world.wait_ready("delivery")
    assert len(await world.settled_answers(shop, ada)) == 1
