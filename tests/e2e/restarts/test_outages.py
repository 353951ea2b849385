"""Outages of Kafka, Redis and MongoDB: accepted messages are answered once, and readiness reports the outage."""

from collections.abc import AsyncIterator

import pytest

from devtools.simulators.webhooks import meta_webhook, sign_meta
from devtools.stack.supervisor import Stack
from tests.e2e.shop import FAQS, PrivateData, phone, word
from tests.e2e.stacks import world_of
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

SERVICES = ("ingress", "router", "ai", "delivery")


@pytest.fixture
async def world(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    async with world_of(stack, private) as world:
        await world.wait_ready(*SERVICES)
        yield world


async def _all_live(world: World) -> None:
    for service in SERVICES:
        assert (await world.ops(service, "/health/live"))[0] == 200, service


async def test_webhook_gets_503_without_kafka_and_is_answered_once_after_its_retry(world: World) -> None:
    if world.stack.info["kafka_kind"] != "apache":
        pytest.skip("only Apache Kafka, started by the tests, still has its records after a restart")
    shop, ada, bo, marker = await world.shop(), phone(), phone(), word()
    await world.write(shop, ada, f"remark {marker}")
    await world.answers(ada)
    pids = world.stack.info["pids"]
    await in_thread(world.stack.kill, "kafka")
    body = meta_webhook(world.item(shop, bo, "Where are you?"))
    headers = {"content-type": "application/json"}
    headers["x-hub-signature-256"] = sign_meta(body, world.stack.env["META_APP_SECRET"])
    assert [await world.post("/webhooks/meta", body, headers, limit=4.0) for _ in range(2)] == [503, 503]
    await world.wait_ready(*SERVICES, status=503)
    await _all_live(world)
    assert await world.attempts(bo) == []
    await in_thread(world.stack.restart, "kafka")
    assert await world.post_meta(body, retry=True) == 200
    (answer,) = await world.answers(bo)
    assert answer["text"] == FAQS["Where are you?"]
    assert len(await world.settled_answers(shop, bo)) == 1
    assert len(await world.settled_answers(shop, ada)) == 1
    await world.wait_ready(*SERVICES)
    assert {name: world.stack.info["pids"][name] for name in SERVICES} == {name: pids[name] for name in SERVICES}


async def test_webhooks_are_accepted_and_answered_without_redis(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    await in_thread(world.stack.kill, "redis")
    try:
        await world.write(shop, ada, f"remark {marker}")
        await world.write(shop, ada, "Where are you?")
        answers = await world.answers(ada, 2)
        assert sum(marker in answer["text"] for answer in answers) == 1
        for service in ("ingress", "ai", "delivery"):
            status, ready = await world.ops(service, "/health/ready")
            assert (status, ready["dependencies"]["redis"] == "ok") == (200, False), service
        await _all_live(world)
        assert len(await world.settled_answers(shop, ada)) == 2
    finally:
        await in_thread(world.stack.restart, "redis")
    await until(lambda: _redis_is_back(world), "Redis is available again")
    assert len(await world.calls(marker)) == 1


async def _redis_is_back(world: World) -> bool:
    return bool((await world.ops("ai", "/health/ready"))[1]["dependencies"]["redis"] == "ok")


async def test_webhooks_of_cached_numbers_are_accepted_without_mongodb_and_answered_later(
    world: World,
) -> None:
    shop, ada, bo, marker = await world.shop(), phone(), phone(), word()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    async with world.simulator_settings(anthropic={"latency": 1.0}):
        await world.write(shop, ada, f"remark {marker}")
        await in_thread(world.stack.kill, "mongodb")
        try:
            await world.write(shop, bo, "Do you deliver?")  # asserts 200: the number is cached
            await world.wait_ready("router", "ai", "delivery", status=503)
            await _all_live(world)
            status, ready = await world.ops("ingress", "/health/ready")
            assert (status, ready["dependencies"]["mongodb"] == "ok") == (200, False)
            await world.write(shop, bo, "Where are you?")
        finally:
            await in_thread(world.stack.restart, "mongodb")
    assert [answer["text"] for answer in await world.answers(bo, 2)] == [
        FAQS["Do you deliver?"],
        FAQS["Where are you?"],
    ]
    await world.answers(ada, 2)
    assert len(await world.settled_answers(shop, ada)) == 2
    assert len(await world.settled_answers(shop, bo)) == 2
    await world.wait_ready(*SERVICES)
