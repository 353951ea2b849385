"""All indexes are created, and what runs periodically in every process uses them."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared import repositories
from shared.clock import Clock, SystemClock
from shared.domain.orders import OrderState
from shared.domain.statistics import LiveMeasure, Measure
from shared.maintenance import indexes
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.counted_items import CountedItems
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.job_queue import JobQueue
from shared.repositories.live_counts import LiveCounts
from shared.repositories.orders import Orders
from shared.repositories.timers import DueConversations
from shared.repositories.webhook_queue import WebhookKey, WebhookQueue
from shared.storage.mongo import Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW

_LEASE = timedelta(seconds=60)


def test_indexes_of_every_repository_are_created() -> None:
    modules = [
        importlib.import_module(f"{repositories.__name__}.{found.name}")
        for found in pkgutil.iter_modules(repositories.__path__)
    ]
    missing = {module.__name__ for module in modules if hasattr(module, "INDEXES")} - {
        module.__name__ for module in indexes._ALL
    }
    assert not missing


async def _webhooks(mongo: Mongo, clock: Clock) -> None:
    queue = WebhookQueue(mongo)
    await queue.due(clock.now())
    await queue.take(WebhookKey("acme", "crm"), clock.now(), lease=_LEASE)
    await queue.take_old(clock.now(), clock.now(), lease=_LEASE, limit=9)


PERIODIC: dict[str, Callable[[Mongo, Clock], Awaitable[object]]] = {
    "due conversations": lambda mongo, clock: DueConversations(mongo).find(clock.now(), lease=_LEASE, limit=9),
    "changed links of identities": lambda mongo, clock: IdentityCache(mongo, clock).drop_changed(),
    "due broadcasts": lambda mongo, clock: BroadcastQueue(mongo).due("me", clock.now(), lease=_LEASE, limit=10),
    "due webhooks": _webhooks,
    "jobs": lambda mongo, clock: JobQueue(mongo).claim(clock.now()),
    "stopped channels": lambda mongo, clock: ChannelStates(mongo).stopped(),
    "unannounced channels": lambda mongo, clock: ChannelStates(mongo).unannounced(clock.now()),
}


@pytest.mark.parametrize("work", PERIODIC.values(), ids=PERIODIC)
async def test_periodic_queries_read_no_whole_collection(
    mongo: Mongo, work: Callable[[Mongo, Clock], Awaitable[object]]
) -> None:
    async with profiled(mongo) as profile:
        await work(mongo, SystemClock())
    assert profile.plans
    assert not [plan for plan in profile.plans if "COLLSCAN" in plan], profile.plans


PERIOD = (NOW - timedelta(days=1), NOW)


def _counted(measure: Measure) -> Callable[[Mongo], Awaitable[object]]:
    return lambda mongo: CountedItems(mongo, "acme").page(measure, None, *PERIOD)


LISTS: dict[str, Callable[[Mongo], Awaitable[object]]] = {
    "orders": lambda mongo: Orders(mongo, "acme").find(None, 9, (NOW, "x")),
    "orders in a state": lambda mongo: Orders(mongo, "acme").find(OrderState.PLACED, 9),
    "broadcasts": lambda mongo: Broadcasts(mongo, "acme").newest(9),
    "started broadcasts": lambda mongo: Broadcasts(mongo, "acme").started(*PERIOD, 9),
    "audit log": lambda mongo: AuditLog(mongo, "acme").page(AuditFilter(), limit=9),
    "audit log of an action": lambda mongo: AuditLog(mongo, "acme").page(AuditFilter(action="a.b"), limit=9),
    "counted messages": _counted(Measure.RECEIVED),
    "counted answers": _counted(Measure.SENT),
    "counted changes": _counted(Measure.CLOSED),
    "counted orders": _counted(Measure.ORDERS),
    "counted calls of models": _counted(Measure.AI_ANSWERS),
    "new customers": lambda mongo: LiveCounts(mongo, "acme").page(LiveMeasure.NEW_CUSTOMERS, *PERIOD),
}


@pytest.mark.parametrize("read", LISTS.values(), ids=LISTS)
async def test_lists_are_read_in_the_order_of_an_index(
    mongo: Mongo, read: Callable[[Mongo], Awaitable[object]]
) -> None:
    """Otherwise each page sorts everything, which ends at the time limit."""
    async with profiled(mongo) as profile:
        await read(mongo)
    assert profile.plans
    assert not [one for one in profile.commands if one.get("hasSortStage")], profile.plans
