"""Services that start right after the topics were created find their groups' coordinators."""

import asyncio
import logging
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from devtools.stack.supervisor import Stack
from shared.kafka.admin import ensure_topics
from shared.kafka.brokers import Brokers
from shared.topics import GROUP_TOPICS

pytestmark = pytest.mark.stack


async def test_groups_of_a_new_broker_form_without_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stack = Stack(dir=tmp_path, infra_only=True)
    await asyncio.to_thread(stack.start)
    try:
        bootstrap = stack.info["kafka"]
        assert (await ensure_topics(Brokers(bootstrap))).problems == []
        with caplog.at_level(logging.WARNING, logger="aiokafka"):
            await asyncio.gather(*(_joined(bootstrap, group) for group in GROUP_TOPICS))
        assert [record.getMessage() for record in caplog.records if "oordinator" in record.getMessage()] == []
    finally:
        await asyncio.to_thread(stack.stop)


async def _joined(bootstrap: str, group: str) -> None:
    """Join a group and leave it."""
    consumer = AIOKafkaConsumer(*GROUP_TOPICS[group], bootstrap_servers=bootstrap, group_id=group)
    async with asyncio.timeout(60), consumer:
        await consumer.getmany(timeout_ms=10)
