"""Asks the brokers how much room their log directories have: DescribeLogDirs of version 4 (KIP-827, Kafka 3.3).

aiokafka 0.14 does not have this request. Source: Kafka's DescribeLogDirsRequest.json and DescribeLogDirsResponse.json.
"""

import asyncio
import contextlib
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from shared.errors import AccessRefused
from shared.kafka.brokers import Brokers
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.telemetry.disks import Disk

_REQUEST_LIMIT_MS = 5000
_CLOSE_LIMIT = 2.0
_CLUSTER_REFUSED = 31  # CLUSTER_AUTHORIZATION_FAILED


class LogDirsUntold(Exception):
    """Raised when no broker tells the room of its directories: it is older than Kafka 3.3, or does not know it."""


class _Response(Response):  # type: ignore[misc]  # the driver has no types
    API_KEY = 35
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "results",
            CompactArray(
                ("error_code", Int16),
                ("log_dir", CompactString("utf-8")),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString("utf-8")),
                        (
                            "partitions",
                            CompactArray(
                                ("partition_index", Int32),
                                ("partition_size", Int64),
                                ("offset_lag", Int64),
                                ("is_future_key", Boolean),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _RequestV4(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 35
    API_VERSION = 4
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic", CompactString("utf-8")),
                ("partitions", CompactArray(Int32)),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeLogDirs(Request[_RequestV4]):  # type: ignore[misc]
    API_KEY = 35

    def build(self, request_struct_class: type[_RequestV4]) -> _RequestV4:
        return request_struct_class([], {})  # of no topic: the directories alone


class LogDirReader:
    """Made by `connected`. `read` raises KafkaError or OSError when the brokers cannot be reached; the caller limits
    the time.
    """

    def __init__(self, brokers: Brokers) -> None:
        self._client = AIOKafkaClient(**brokers.options, client_id="parley-disks", request_timeout_ms=_REQUEST_LIMIT_MS)

    @classmethod
    async def connected(cls, brokers: Brokers) -> "LogDirReader":
        """Return a connected reader."""
        reader = cls(brokers)
        try:
            await reader._client.bootstrap()
        except BaseException:
            await reader.close()
            raise
        return reader

    async def close(self) -> None:
        """Disconnect within a time limit; never raises."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_LIMIT):
                with driver_cancellation_as_error():
                    await self._client.close()

    async def read(self) -> list[Disk]:
        """Return the disk of each log directory. Brokers that do not answer are left out, unless none does.

        Raises AccessRefused without the right to describe the cluster, LogDirsUntold.
        """
        nodes = [broker.nodeId for broker in self._client.cluster.brokers()]
        answers = await asyncio.gather(*map(self._ask, nodes), return_exceptions=True)
        errors = [one for one in answers if isinstance(one, BaseException)]
        found = [disk for one in answers if not isinstance(one, BaseException) for disk in one]
        if not found and errors:
            raise errors[0]
        if not found:
            raise LogDirsUntold("the brokers do not know the size of their disks")
        return found

    async def _ask(self, node: int) -> list[Disk]:
        try:
            answer: Any = await self._client.send(node, _DescribeLogDirs())
        except (IncompatibleBrokerVersion, NotImplementedError):
            raise LogDirsUntold("the brokers are older than Kafka 3.3") from None
        if answer.error_code == _CLUSTER_REFUSED:
            raise AccessRefused("kafka", "the user lacks the right Describe on the cluster")
        if answer.error_code:
            error: KafkaError = for_code(answer.error_code)()
            raise error
        return [
            Disk(f"broker {node} {name}", usable, total)
            for error_code, name, _, total, usable, *_ in answer.results
            if not error_code and total > 0
        ]
