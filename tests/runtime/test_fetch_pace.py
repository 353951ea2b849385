"""The pace of fetches, and whether the driver still reads the attributes that `FetchPace` sets."""

import asyncio
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest

from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.fetch_pace import FetchPace
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import Record
from shared.topics import Topic
from tests.runtime.harness import Cluster, request, send, until, workspaces


class Fetcher:
    """The attributes of aiokafka's fetcher that are set."""

    _fetch_max_wait_ms = 0
    _fetch_min_bytes = 0

    @property
    def pace(self) -> tuple[int, int]:
        return self._fetch_max_wait_ms, self._fetch_min_bytes


@pytest.mark.parametrize(("patience", "busy"), [(0.0, (500, 1)), (0.3, (300, 65536))])
def test_fetches_are_long_only_when_nothing_came_and_nothing_is_held_back(
    patience: float, busy: tuple[int, int]
) -> None:
    fetcher, now = Fetcher(), [100.0]
    pace = FetchPace(fetcher, lambda: patience, 2.0, lambda: now[0])
    pace.note(records=True, all_wanted=True)
    assert fetcher.pace == busy
    now[0] += 5
    pace.note(records=False, all_wanted=True)
    assert fetcher.pace == (2000, 1), "a record is returned at once"
    pace.note(records=False, all_wanted=False)
    assert fetcher.pace == busy, "a partition that is held back waits for the end of the request"
    now[0] += 0.5
    pace.note(records=False, all_wanted=True)
    assert fetcher.pace == busy
    pace.note(records=True, all_wanted=True)
    assert fetcher.pace == busy


async def test_driver_sends_the_pace_with_its_next_fetch(
    cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer
) -> None:
    source = AiokafkaSource(
        cluster.brokers,
        group=group,
        topics=[topic.name],
        instance="",
        session_timeout=6.0,
        rebalance_timeout=10.0,
        patience=lambda: 0.1,
    )
    await source.start(lambda _: None, _revoked)
    consumer: Any = source._consumer
    seen: list[tuple[int, int]] = []
    _watch(consumer._client, seen)
    got: list[Record] = []
    try:
        rest = asyncio.create_task(_read(source, got))
        await until(lambda: (2000, 1) in seen, "at rest, fetches are long")
        assert consumer._fetcher._fetcher_timeout == 2.0
        await send(producer, topic, [request(workspaces(1)[0], "c", 0)])
        await until(lambda: got, "a record ends a long fetch")
        await until(lambda: seen[-1] == (100, 65536), "fetches are patient while records arrive")
        rest.cancel()
    finally:
        await source.stop()


def _watch(client: Any, seen: list[tuple[int, int]]) -> None:
    """Note the wait and the bytes of each fetch as it is sent."""
    send_request = client.send

    async def watched(node: int, sent: Any, **named: Any) -> Any:
        if isinstance(sent, FetchRequest):
            seen.append((sent._max_wait_ms, sent._min_bytes))
        return await send_request(node, sent, **named)

    client.send = watched


async def _read(source: AiokafkaSource, got: list[Record]) -> None:
    while True:
        got += await source.fetch(lambda _: 10, 0.2)


async def _revoked(_: object) -> None:
    return
