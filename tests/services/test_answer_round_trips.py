"""The round trips of an answer that the first model gives, as they are listed, and what further calls cost."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from services.ai.vendors.failures import ModelFailed
from services.ai.worker import ROUND_TRIPS
from shared.clock import FixedClock
from shared.storage.mongo import Collection, Mongo
from shared.storage.redis import Redis
from tests.services.ai_replica import FAST, SMART, AiReplica, store_workspace

_OF_COLLECTION = (
    "find_one",
    "find",
    "insert",
    "insert_all",
    "look_up",
    "write",
    "write_if",
    "update",
    "update_many",
    "upsert_each",
    "change_each",
    "count",
    "total",
    "delete",
    "find_and_update",
    "replace",
)


@pytest.fixture
async def replica(mongo: Mongo, redis: Redis, clock: FixedClock) -> AiReplica:
    """Return a replica at rest that has answered another request of the workspace."""
    await store_workspace(mongo)
    replica = AiReplica(mongo, redis, clock)
    await replica.handle("earlier")
    return replica


@pytest.fixture
def trips(replica: AiReplica, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the stores, the vendor and Kafka in the order in which they are called from now on."""
    trips: list[str] = []
    for name in _OF_COLLECTION:
        monkeypatch.setattr(Collection, name, _counting(trips, "mongodb", getattr(Collection, name)))
    monkeypatch.setattr(Mongo, "find_each", _counting(trips, "mongodb", Mongo.find_each))
    round_trip = Redis._round_trip

    async def counting(self: Redis, calls: Sequence[Any]) -> Any:
        trips.append(f"redis: {sum(map(len, calls))}")
        return await round_trip(self, calls)

    # The batcher has the bound method of each instance already.
    monkeypatch.setattr(replica.answers._redis._batcher, "_do", lambda calls: counting(replica.answers._redis, calls))
    replica.vendor.trips = replica.producer.trips = trips
    return trips


def _counting(trips: list[str], store: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def counting(self: Any, *arguments: Any, **named: Any) -> Any:
        trips.append(store)
        return await method(self, *arguments, **named)

    return counting


async def test_answer_makes_the_listed_round_trips(replica: AiReplica, trips: list[str]) -> None:
    await replica.handle()
    listed = [store for store, _ in ROUND_TRIPS]
    assert [trip.replace(": 1", "") for trip in trips] == listed, trips


async def test_redelivered_request_is_answered_from_one_read(replica: AiReplica, trips: list[str]) -> None:
    await replica.handle()
    trips.clear()
    await replica.handle()
    assert trips == ["mongodb", "kafka"]
    assert replica.producer.ids[-1] == replica.producer.ids[-2]


async def test_answer_of_the_second_model_costs_two_more_round_trips(replica: AiReplica, trips: list[str]) -> None:
    replica.vendor.fails[FAST] = ModelFailed("refusal", retryable=False)
    await replica.handle("r0")  # sends each script once
    trips.clear()
    await replica.handle()
    assert replica.vendor.calls[-2:] == [FAST, SMART]
    assert trips[1:6] == ["redis: 1", "model", "redis: 2", "redis: 1", "model"]


async def test_day_that_redis_lost_is_loaded_once(replica: AiReplica, trips: list[str], redis: Redis) -> None:
    await redis._driver.flushdb()
    await replica.handle()
    before = trips[: trips.index("model")]
    assert before.count("mongodb") <= 4, "the history, the day's cost, and the customer's"
    trips.clear()
    await replica.handle("r2")
    assert len(trips) == len(ROUND_TRIPS)
