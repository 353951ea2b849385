"""Sends keep the providers' rate limits across replicas, and replies overtake broadcasts."""

from collections.abc import Iterator

from shared.clock import SystemClock
from shared.domain import ids
from shared.kafka.codec import to_record
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, OutboundMessage, TemplateBody
from shared.storage.mongo import Document
from shared.topics import OUTBOUND_BULK
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World

ANSWER = FAQS["Where are you?"]


def _bulk_messages(shop: Shop, to: list[str]) -> Iterator[OutboundMessage]:
    """Yield the messages of a broadcast."""
    cause = ids.derived_id("e2e", shop.workspace, word())
    for customer in to:
        yield OutboundMessage(
            id=ids.output_id(cause, customer),
            workspace=shop.workspace,
            correlation_id=ids.correlation_id(cause),
            created_at=SystemClock().now(),
            provider=Provider.META,
            channel="main",
            conversation_id=shop.meta_conversation(customer),
            customer_id=ids.customer_id(shop.workspace, f"+{customer}"),
            address=f"+{customer}",
            body=TemplateBody(name="sale", language="en"),
            author=Author.BROADCAST,
            cause=cause,
            turn=0,
        )


async def _send_bulk(world: World, shop: Shop, count: int) -> list[str]:
    """Send a broadcast to `count` customers; return their numbers."""
    customers = [phone() for _ in range(count)]
    world.private.phones.update(customers)
    async with world.producer() as producer:
        await producer.send([to_record(OUTBOUND_BULK, message) for message in _bulk_messages(shop, customers)])
    return customers


async def _wait_all_sent(world: World, shop: Shop, count: int) -> list[Document]:
    async def look() -> list[Document] | None:
        found = await world.stored(shop, "outbound").find({"author": "broadcast", "state": "sent"})
        return found if len(found) == count else None

    return await until(look, f"{count} are sent", within=60)


async def _send_attempts(world: World, shop: Shop) -> list[Json]:
    """Return all attempts through the shop's Meta number."""
    found = await world.records(provider="meta", kind="message")
    return [record for record in found if record["phone_number_id"] == shop.number.phone_number_id]


async def test_broadcast_keeps_the_numbers_rate_limit_and_replies_overtake_it(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.update_channel(shop, "main", messages_per_second=40)
    async with world.simulator_settings(meta={"throughput": 40}):
        await _send_bulk(world, shop, 200)
        await until(lambda: _broadcast_started(world, shop), "the broadcast has begun")
        await world.write(shop, ada, "Where are you?")
        await world.answers(ada)
        asked = await _send_attempts(world, shop)
        assert sum(record["accepted"] for record in asked) < 200, "the answer did not wait for the broadcast's end"
        sent = await _wait_all_sent(world, shop, 200)
    assert all(document["attempt"] == 1 for document in sent), "the provider throttled none"
    assert all(record["accepted"] for record in await _send_attempts(world, shop))


async def _broadcast_started(world: World, shop: Shop) -> bool:
    return bool(await _send_attempts(world, shop))


async def test_broadcast_of_one_workspace_does_not_delay_another(world: World) -> None:
    large, small = await world.shop(), await world.shop()
    await world.update_channel(large, "main", messages_per_second=5)
    await _send_bulk(world, large, 300)
    await _send_bulk(world, small, 20)
    await _wait_all_sent(world, small, 20)
    done = [record for record in await _send_attempts(world, large) if record["accepted"]]
    assert len(done) < 300
    # Do not wait for the rest of the broadcast.
    await world.mongo.collection("workspaces").update(
        {"_id": large.workspace}, {"$set": {"channels.0.messages_per_second": 1000}, "$inc": {"revision": 1}}
    )
