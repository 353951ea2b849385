"""Read Kafka, MongoDB and Redis at the end of a run.

Documents are read with the driver, not through the repositories, which could hide what the checks must see.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from devtools.chaos.evidence import DeadLetterSummary, GroupOffset, StoredMessage
from devtools.chaos.hostile import HOSTILE_ID
from devtools.chaos.workload import CustomerMessage
from devtools.stack.errors import StackError
from shared.domain import ids
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode
from shared.kafka.topic_reader import read_all
from shared.messages.outbound import OutboundMessage
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, OUTBOUND_MESSAGES, TOPICS

T = TypeVar("T")

STORE_ERRORS = (DependencyAway, KafkaError, PyMongoError, RedisError, OSError)
_READS = 5
_RETRY_AFTER = 1.0  # seconds
_CLAIMS = "parley:ai:claim:*"
_SETTLED = ["sent", "failed", "held"]


class _MessageHeader(msgspec.Struct):
    id: str
    conversation_id: str


_HEADERS = msgspec.json.Decoder(_MessageHeader)


class Stores:
    """Connections to Kafka, MongoDB and Redis. All but `close` raise one of `STORE_ERRORS`.

    addresses: the stack's `info`, or `kafka`, `mongodb`, `mongodb_database` and `redis` of others. began: the time that
    the report shows as 0.
    """

    def __init__(self, addresses: Mapping[str, Any], services: Collection[str], *, began: float) -> None:
        self._began = began
        self._kafka: str = addresses["kafka"]
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(
            addresses["mongodb"], serverSelectionTimeoutMS=5000, tz_aware=True
        )
        self._database = self._mongo[addresses["mongodb_database"]]
        self._redis = Redis.from_url(addresses["redis"], socket_timeout=5.0, decode_responses=True)
        self._consumed = [topic for topic in TOPICS.values() if set(topic.consumers) & set(services)]

    async def close(self) -> None:
        await self._redis.aclose()
        self._mongo.close()

    # Kafka.

    async def order(self) -> dict[str, list[str]]:
        """Return the ids of customers' messages by conversation, in the order of their first record."""
        order: dict[str, dict[str, None]] = {}
        async for record in read_all(Brokers(self._kafka), INBOUND_MESSAGES.name):
            head = _HEADERS.decode(record.value)
            order.setdefault(head.conversation_id, {})[head.id] = None
        return {conversation: list(messages) for conversation, messages in order.items()}

    async def letters(self) -> list[DeadLetterSummary]:
        """Return all dead letters."""
        found: dict[str, DeadLetterSummary] = {}
        async for record in read_all(Brokers(self._kafka), DEAD_LETTERS.name):
            letter = decode(record)
            about = ""
            if letter.replay_topic == OUTBOUND_MESSAGES.name:
                about = msgspec.json.decode(letter.payload, type=OutboundMessage).id
            hostile = letter.workspace == HOSTILE_ID or (letter.origin.path or "").endswith(f"/{HOSTILE_ID}")
            found[letter.id] = DeadLetterSummary(
                letter.id, letter.reason, letter.origin.service, letter.detail, about, hostile
            )
        return list(found.values())

    async def offsets(self) -> list[GroupOffset]:
        """Return the offsets of every group on every partition with records, of the topics that the services read."""
        wanted = [DriverPartition(topic.name, n) for topic in self._consumed for n in range(topic.partitions)]
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, request_timeout_ms=10_000)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, request_timeout_ms=10_000)
        try:
            await consumer.start()
            await admin.start()
            groups = [group for group, *_ in await admin.list_consumer_groups()]
            committed = {group: await admin.list_consumer_group_offsets(group) for group in groups}
            ends = await consumer.end_offsets(wanted)
        finally:
            await asyncio.gather(consumer.stop(), admin.close(), return_exceptions=True)
        return list(_compare_offsets(ends, committed))

    # MongoDB.

    async def stored(self) -> dict[str, StoredMessage]:
        """Return all outbound messages by id."""
        return await asyncio.to_thread(self._stored)

    def _stored(self) -> dict[str, StoredMessage]:
        fields = {"workspace": 1, "state": 1, "status": 1, "possible_duplicate": 1}
        return {
            item["_id"]: StoredMessage(
                item["_id"],
                item["workspace"],
                str(item.get("state")),
                str(item.get("status")),
                bool(item.get("possible_duplicate")),
            )
            for item in self._database["outbound"].find({}, fields, batch_size=5000)
        }

    async def unsettled(self) -> int:
        """Return how many outbound messages are in flight, or sent and not yet read."""
        query = {"$or": [{"state": {"$nin": _SETTLED}}, {"state": "sent", "status": {"$ne": "read"}}]}
        return await asyncio.to_thread(self._database["outbound"].count_documents, query, maxTimeMS=10_000)

    async def decisions(self, message_ids: Sequence[str]) -> dict[str, str]:
        """Return the router's decisions on those messages that it has stored."""
        return await asyncio.to_thread(self._decisions, message_ids)

    def _decisions(self, message_ids: Sequence[str]) -> dict[str, str]:
        found = self._database["messages"].find({"_id": {"$in": list(message_ids)}}, {"decision": 1})
        return {item["_id"]: str(item.get("decision")) for item in found}

    async def answered_by_ai(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the messages for which the AI service has stored an answer."""
        return await asyncio.to_thread(self._answered_by_ai, message_ids)

    def _answered_by_ai(self, message_ids: Sequence[str]) -> frozenset[str]:
        calls = {ids.output_id(message_id, "ai"): message_id for message_id in message_ids}
        found = self._database["ai_calls"].find({"_id": {"$in": list(calls)}}, {"_id": 1})
        return frozenset(calls[item["_id"]] for item in found)

    async def timelines(self, messages: Sequence[CustomerMessage]) -> dict[str, list[str]]:
        """Return when each customer's message was routed, answered by the model and first claimed for sending."""
        return await asyncio.to_thread(lambda: {one.id: list(self._timeline(one)) for one in messages})

    def _timeline(self, message: CustomerMessage) -> Iterator[str]:
        document = self._database["messages"].find_one({"_id": message.id}) or {}
        yield f"received {self._time(document.get('received_at'))}, routed {self._time(document.get('routed_at'))}"
        yield str(document.get("decision"))
        call = self._database["ai_calls"].find_one({"_id": ids.output_id(message.id, "ai")})
        if call:
            started, finished = self._time(call.get("started_at")), self._time(call.get("finished_at"))
            yield f"model called from {started} to {finished}, {call.get('attempts')} calls"
        for output in message.outputs[-1:]:
            found = self._database["outbound"].find_one({"_id": output}) or {}
            yield from self._describe(found)

    async def explained(self, outbound_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return what each outbound message's document says of its claims, attempts and first status."""
        return await asyncio.to_thread(self._explained, outbound_ids)

    def _explained(self, outbound_ids: Sequence[str]) -> dict[str, list[str]]:
        found = self._database["outbound"].find({"_id": {"$in": list(outbound_ids)}})
        return {item["_id"]: list(self._describe(item)) for item in found}

    def _describe(self, item: Mapping[str, Any]) -> Iterator[str]:
        marked = item.get("possible_duplicate", False)
        yield f"{item.get('workspace')}, state {item.get('state')}, possible_duplicate {marked}"
        first, last = self._time(item.get("first_claimed_at")), self._time(item.get("claimed_at"))
        yield f"first claimed at {first}, last by {item.get('claim')} at {last}"
        for entry in item.get("attempts", []):
            error = entry.get("error") or {}
            code = f" {error.get('code')}" if error else ""
            yield f"{entry.get('outcome')}{code} at {self._time(entry.get('at'))} by {entry.get('claim')}"
        for entry in item.get("statuses", [])[:1]:
            yield f"first status {entry.get('status')} at {self._time(entry.get('received_at'))}"

    def _time(self, at: Any) -> str:
        return f"{at.timestamp() - self._began:.2f}" if hasattr(at, "timestamp") else str(at)

    # Redis.

    async def claims(self) -> list[str]:
        """Return the current claims on model calls."""
        return [str(key) async for key in self._redis.scan_iter(_CLAIMS, count=1000)]


def _compare_offsets(ends: Mapping[Any, int], committed: Mapping[str, Mapping[Any, Any]]) -> Iterator[GroupOffset]:
    for source, end in sorted(ends.items()):
        if not end:
            continue
        readers = [group for group, offsets in committed.items() if any(tp.topic == source.topic for tp in offsets)]
        for group in readers or ["(no group)"]:
            offset = committed.get(group, {}).get(source)
            value = offset.offset if offset is not None and offset.offset >= 0 else None
            yield GroupOffset(group, source.topic, source.partition, value, end)


async def read_with_retries(read: Callable[[], Awaitable[T]]) -> T:
    """Return what `read` returns, after up to four retries. Raises StackError if the store stays unavailable."""
    for left in reversed(range(_READS)):
        try:
            return await read()
        except STORE_ERRORS as error:
            if not left:
                raise StackError(f"a store does not answer at the end of the run: {error!r}") from error
            await asyncio.sleep(_RETRY_AFTER)
    raise AssertionError
