"""Segments: MongoDB finds exactly those for whom the rule holds."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo
from shared.workspace.config import Segment
from shared.workspace.segments import matches
from tests.conftest import Infra

NOW = datetime(2026, 3, 14, 9, 0, 0, 123_456, tzinfo=UTC)
WORDS = st.sampled_from(["vip", "Vip", "lagos", "ad", "77", "7", "7.0", "-3", "true", "false", "0", "1.5", "$x", ""])
VALUES = st.one_of(WORDS, st.integers(-5, 99), st.sampled_from([1.5, 7.0, -3.0]), st.booleans(), st.none())
FIELDS = st.dictionaries(
    st.sampled_from(["city", "age", "x"]), st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=3
)
AGO = st.one_of(st.sampled_from([0, 1, 86_399_999, 86_400_000, 86_400_001]), st.integers(0, 40 * 86_400_000))
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(WORDS, max_size=3, unique=True),
        "qualified": st.booleans(),
        "opted_out": st.booleans(),
        "lead_source": st.fixed_dictionaries({}, optional={"source_type": WORDS, "source_id": WORDS}),
        "order_count": st.integers(0, 3),
        "last_contacted_at": AGO.map(lambda ago: NOW.replace(microsecond=123_000) - timedelta(milliseconds=ago)),
        "fields": FIELDS,
    },
)
DAYS = st.one_of(st.none(), st.integers(1, 40), st.just(36_500))
SEGMENTS = st.builds(
    Segment,
    name=st.just("s"),
    tags=st.lists(WORDS.filter(bool), max_size=2).map(tuple),
    without_tags=st.lists(WORDS.filter(bool), max_size=2).map(tuple),
    qualified=st.sampled_from([None, True, False]),
    opted_out=st.sampled_from([None, True, False]),
    lead_source=st.one_of(st.just(""), WORDS, st.sampled_from(["ad:77", "ad:", ":77", "vip:7"])),
    min_orders=st.integers(0, 3),
    active_within_days=DAYS,
    idle_for_days=DAYS,
    fields=st.dictionaries(st.sampled_from(["city", "age", "x"]), WORDS, max_size=1),
)


# One loop and one client for all examples: an example is a coroutine of its own.
@pytest.fixture(scope="module")
def loop_and_mongo(infra: Infra) -> Any:
    loop = asyncio.new_event_loop()
    mongo = loop.run_until_complete(_open(infra))
    yield loop, mongo
    loop.run_until_complete(mongo.drop())
    loop.run_until_complete(mongo.close())
    loop.close()


async def _open(infra: Infra) -> Mongo:
    return Mongo(infra.mongodb, "test_segments", "pymongo")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=12), asked=st.lists(SEGMENTS, min_size=1, max_size=6))
def test_segment_query_and_python_rule_agree(
    loop_and_mongo: Any, documents: list[dict[str, Any]], asked: list[Segment]
) -> None:
    loop, mongo = loop_and_mongo
    loop.run_until_complete(_agree(mongo, documents, asked))


async def _agree(mongo: Mongo, documents: list[dict[str, Any]], asked: list[Segment]) -> None:
    collection = mongo.collection("customers")
    await collection.delete({})
    await asyncio.gather(
        *(collection.insert({"_id": f"u{number}", "workspace": "acme", **one}) for number, one in enumerate(documents))
    )
    customers = Customers(mongo, "acme")
    everybody = [one async for one in customers.stream(None, NOW)]
    assert len(everybody) == len(documents)
    for segment in asked:
        by_rule = [one["id"] for one in everybody if matches(segment, one, NOW)]
        assert [one["id"] async for one in customers.stream(segment, NOW)] == by_rule, segment
        assert await customers.count(segment, NOW) == len(by_rule)
