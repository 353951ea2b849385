"""One look at MongoDB finds all work of delivery that no record starts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.due_work import DueWorkWatch
from shared.clock import FixedClock
from shared.domain.broadcast import Broadcast
from shared.messages.broadcast_content import BroadcastText
from shared.messages.inbound import Provider, ProviderError
from shared.providers.port import Channel
from shared.repositories import broadcast_queue, channel_states, webhook_queue
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelChange, ChannelStates
from shared.repositories.due_work import DueWork, find_due_work
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.repositories.builders import NOW, later, outbound
from tests.repositories.samples import CALL_OUT

CHANNEL = Channel(
    workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={}, credential="one"
)


async def _start_broadcast(mongo: Mongo) -> None:
    broadcasts = Broadcasts(mongo, "acme")
    what = BroadcastText(text="Hi")
    await broadcasts.create(
        Broadcast(id="b1", workspace="acme", name="b1", channel="main", what=what, created_at=NOW, by="u9")
    )
    await broadcasts.start("b1", NOW)


async def _fail_webhook(mongo: Mongo) -> None:
    await WebhookDeliveries(mongo, "acme").add(CALL_OUT, NOW, NOW, "HTTP 500")


async def _stop_channel(mongo: Mongo) -> None:
    await ChannelStates(mongo).stop(CHANNEL, ProviderError(code="190", title="Expired"), NOW)


async def _hold_message(mongo: Mongo) -> None:
    await OutboundMessages(mongo, "acme").claim(outbound(), "a", NOW, state=OutboundState.HELD)


CASES = [
    (_start_broadcast, DueWork(broadcasts=True)),
    (_fail_webhook, DueWork(webhooks=True)),
    (_stop_channel, DueWork(channels=True)),
    (_hold_message, DueWork(channels=True)),
]


@pytest.mark.parametrize(("arrange", "expected"), CASES, ids=lambda case: getattr(case, "__name__", "").strip("_"))
async def test_each_kind_of_work_is_found(
    mongo: Mongo, arrange: Callable[[Mongo], Awaitable[None]], expected: DueWork
) -> None:
    assert await find_due_work(mongo, "a", NOW) == DueWork()
    await arrange(mongo)
    assert await find_due_work(mongo, "a", NOW) == expected
    assert await find_due_work(mongo, "a", NOW - timedelta(days=1)) == DueWork(channels=expected.channels)


async def test_broadcast_of_another_replica_is_not_due(mongo: Mongo) -> None:
    await _start_broadcast(mongo)
    await BroadcastQueue(mongo).due("one", NOW, lease=timedelta(seconds=20), limit=9)
    assert not (await find_due_work(mongo, "two", NOW)).broadcasts
    assert (await find_due_work(mongo, "one", NOW)).broadcasts
    assert (await find_due_work(mongo, "two", later(21))).broadcasts, "whoever had it is gone"


async def test_channel_that_another_replica_resumed_is_due_once_more(mongo: Mongo, redis: Redis) -> None:
    clock = FixedClock(NOW)
    states = ChannelStates(mongo)
    gate = ChannelGate(states, redis, clock)
    watch = DueWorkWatch(mongo, gate, clock, instance="a")
    await _stop_channel(mongo)
    (stopped,) = await gate.refresh()
    assert await states.mark_resumed(stopped, later(1))
    await states.mark_announced(ChannelChange("acme", "main", resumed=True, stopped_at=stopped.since))
    await watch.look()
    assert watch.channels.is_set()
    await gate.refresh()
    watch.channels.clear()
    await watch.look()
    assert not watch.channels.is_set()


async def test_queries_use_their_indexes(mongo: Mongo) -> None:
    """Otherwise each look would read whole collections."""
    finds = [
        broadcast_queue.find_due("a", NOW),
        webhook_queue.find_due(NOW),
        channel_states.FIND_STOPPED,
        channel_states.FIND_UNANNOUNCED,
        channel_states.FIND_HELD,
    ]
    for find in finds:
        explained = await mongo._database.command(
            {"explain": {"aggregate": find.collection, "pipeline": find.stages(0), "cursor": {}}}
        )
        assert "IXSCAN" in str(explained), find
        assert "COLLSCAN" not in str(explained), find
