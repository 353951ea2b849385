"""Partitions that are added to a topic while consumers run are read, by whatever member the broker calls the leader."""

import asyncio
from typing import Any

import pytest

from shared.kafka.added_partitions import METADATA_AGE_MS
from shared.kafka.admin import add_partitions
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.brokers import Brokers
from shared.kafka.faust_source import FaustSource
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import PARTITIONS, Cluster, Replica, Work

_ADDED = 2
_LONG = 45.0  # seconds: the session outlasts the restart, however slow the machine is


@pytest.mark.parametrize("restarted", [False, True])
async def test_added_partitions_are_read(cluster: Cluster, topic: Topic, replicate: Replicate, restarted: bool) -> None:
    """A static member that was the leader and has restarted is told that somebody else leads, and nobody does."""
    if cluster.kind == "embedded":
        pytest.skip("the embedded cluster cannot resize")
    replica = replicate(Work(), instance="a", session_timeout=_LONG)
    await replica.ready()
    if restarted:
        await replica.stop()
        replica = replicate(Work(), instance="a", session_timeout=_LONG)
        await replica.ready()
        assert _consumer(replica)._coordinator._group_subscription is None, "the driver does not watch the topic"
    assert len(replica.runner._assignment.sources) == PARTITIONS
    await add_partitions(Brokers(cluster.bootstrap), {topic.name: PARTITIONS + _ADDED})
    await replica.until(lambda: _reads(replica, PARTITIONS + _ADDED), "all partitions are assigned", timeout=60.0)


async def test_topics_are_looked_at_every_half_minute(replicate: Replicate) -> None:
    replica = replicate(Work())
    await replica.ready()
    assert _consumer(replica)._client._metadata_max_age_ms == METADATA_AGE_MS


async def _reads(replica: Replica, count: int) -> bool:
    """Let the driver look at the topics now, instead of waiting until it does."""
    client = _consumer(replica)._client

    async def look() -> None:
        await client.force_metadata_update()

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(look(), client._loop))
    return len(replica.runner._assignment.sources) == count


def _consumer(replica: Replica) -> Any:
    """Return the driver's consumer."""
    source = replica.source
    if isinstance(source, AiokafkaSource):
        return source._consumer
    assert isinstance(source, FaustSource)
    return source._app.consumer._thread._ensure_consumer()
