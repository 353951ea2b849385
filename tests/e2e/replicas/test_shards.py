"""A sharded workspace: its conversations are spread over partitions, and each keeps its order."""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.topics import AI_REQUESTS, CONVERSATION_EVENTS, INBOUND_MESSAGES, OUTBOUND_MESSAGES, Topic, key_for
from tests.cli.runner import parley
from tests.e2e.concurrent_customers import ConcurrentCustomers, create_customers, slow_simulators
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

SHARDS = 4
SPREAD = (INBOUND_MESSAGES, AI_REQUESTS, OUTBOUND_MESSAGES, CONVERSATION_EVENTS)


async def test_sharded_workspace_uses_all_shards_and_keeps_order_per_conversation(world: World) -> None:
    """In each topic, all shards' partitions are used and all records of a conversation are in one of them."""
    shop = await world.shop(profile={"shards": SHARDS})
    crowd = create_customers(world, shop, seed=21, customers=32)
    async with slow_simulators(world):
        await crowd.write()
        assert await crowd.check() == 0
    keys = {key_for(shop.workspace, shop.meta_conversation(customer), SHARDS) for customer in crowd.scripts}
    assert len(keys) == SHARDS
    for topic in SPREAD:
        of = await _by_conversation(world, shop, topic)
        assert {record.key for records in of.values() for record in records} == keys, topic.name
        assert {record.partition for records in of.values() for record in records} == {_partition(key) for key in keys}
        for conversation, records in of.items():
            assert {record.key for record in records} == {key_for(shop.workspace, conversation, SHARDS)}
            assert len({record.partition for record in records}) == 1

    async def all_read() -> bool:
        documents = await world.stored(shop, "outbound").find({})
        return len(documents) >= crowd.size and all(item["status"] == "read" for item in documents)

    await until(all_read, "every status was applied")


async def test_replayed_dead_letter_keeps_the_shard_key_of_its_conversation(world: World) -> None:
    shop = await world.shop(profile={"shards": SHARDS})
    customers = [phone() for _ in range(6)]
    rule = await world.script("meta", {"kind": "error", "code": 131026}, times=None, kind="message")
    question, answer = next(iter(FAQS.items()))
    for customer in customers:
        await world.write(shop, customer, question)
    failed = await world.dead_letters(f'"workspace":"{shop.workspace}"', count=len(customers))
    await world.unscript(rule)
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    done = await in_thread(
        parley, "dlq", "replay", "--workspace", shop.workspace, "--reason", "send_rejected", "--yes", *where
    )
    assert done.code == 0, done.err
    assert f"{len(failed)} replayed, 0 refused" in done.out
    for customer in customers:
        (got,) = await world.answers(customer)
        assert answer in got["text"]
    of = await _by_conversation(world, shop, OUTBOUND_MESSAGES)
    for customer in customers:
        conversation = shop.meta_conversation(customer)
        again = [record for record in of[conversation] if b'"presence"' not in record.value]
        assert len(again) == 2
        assert {record.key for record in again} == {key_for(shop.workspace, conversation, SHARDS)}


async def test_conversations_keep_order_while_their_workspace_becomes_sharded(world: World) -> None:
    """With two replicas of each service, each message is answered once and in order.

    A customer's next message is sent when the router has stored the one before, which is not yet answered.
    """
    shop = await world.shop()
    crowd = ConcurrentCustomers(world, shop, {phone(): [] for _ in range(16)})
    moved = asyncio.Event()
    async with slow_simulators(world):
        writing = asyncio.gather(*(_chat(crowd, customer, moved) for customer in crowd.scripts))
        await crowd.wait_accepted(len(crowd.scripts))
        await world.reapply(shop, shards=SHARDS)
        shard = f"{shop.workspace}#".encode()
        try:
            await world.topic(INBOUND_MESSAGES.name, lambda record: record.key.startswith(shard))
        finally:
            moved.set()
            await writing
        assert await crowd.check() == 0
    inbound = await _by_conversation(world, shop, INBOUND_MESSAGES)
    assert all(len({record.key for record in records}) == 2 for records in inbound.values()), (
        "all conversations have a shard key"
    )


async def _chat(crowd: ConcurrentCustomers, customer: str, moved: asyncio.Event) -> None:
    """Write messages that a model answers slowly, until three messages after the change."""
    script, after = crowd.scripts[customer], 0
    while after < 3:
        remark = word()
        script.append((f"remark {remark}", remark))
        after += moved.is_set()
        message_id = await crowd.world.write(crowd.shop, customer, script[-1][0], retry=True)
        crowd.accepted += 1
        crowd.progress.set()
        await crowd.world.stored_message(crowd.shop, message_id)
        await crowd.world.answers(customer, len(script) - 2)  # two are always in flight


async def _by_conversation(world: World, shop: Shop, topic: Topic) -> dict[str, list[Record]]:
    """Return the workspace's records of a topic by conversation."""
    found: dict[str, list[Record]] = defaultdict(list)
    mark = f'"workspace":"{shop.workspace}"'.encode()
    for record in await world.topic(topic.name, lambda record: mark in record.value, 1):
        message: Any = decode(record)
        found[message.conversation_id].append(record)
    return found


def _partition(key: bytes) -> int:
    every = list(range(INBOUND_MESSAGES.partitions))
    return int(DefaultPartitioner()(key, every, every))
