"""What Kafka, MongoDB, Redis and the logs hold at the end of a run.

The documents are read with the driver and by their fields' names, past the repositories: the harness stands outside,
and must see also what a repository would hide.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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
from devtools.chaos.workload import CustomerMessage
from devtools.stack.supervisor import Stack
from shared.domain import ids
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode
from shared.kafka.topic_reader import read_all
from shared.messages.outbound import OutboundMessage
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, OUTBOUND_MESSAGES, TOPICS

STORE_ERRORS = (DependencyAway, KafkaError, PyMongoError, RedisError, OSError)
_CLAIMS = "parley:ai:claim:*"
_SETTLED = ["sent", "failed", "held"]
_DIGITS = re.compile(r"\d(?:[ ().-]?\d){9,30}")
_WORDS = re.compile(r"zq[bcdfghjkmnpqrstvwxz]{8}")
_UNEXPECTED = re.compile(r'"(?:A handler failed|Ended by an unexpected error|Task exception was never retrieved)')
_SHOWN = 400  # characters of each end of a line
_LOCAL = 10  # of them without the country's


class LogFindings(msgspec.Struct):
    """lines: how many. private, unexpected: those that should not be there."""

    lines: int = 0
    private: list[str] = []
    unexpected: list[str] = []


class _MessageHeader(msgspec.Struct):
    id: str
    conversation_id: str


_HEADERS = msgspec.json.Decoder(_MessageHeader)


class Stores:
    """Connections to the stack's Kafka, MongoDB and Redis. All but `close` raise one of `STORE_ERRORS`.

    began: the zero of the times that people see.
    """

    def __init__(self, stack: Stack, services: Collection[str], *, began: float) -> None:
        self._began = began
        self._kafka: str = stack.info["kafka"]
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(
            stack.info["mongodb"], serverSelectionTimeoutMS=5000, tz_aware=True
        )
        self._database = self._mongo[stack.info["mongodb_database"]]
        self._redis = Redis.from_url(stack.info["redis"], socket_timeout=5.0, decode_responses=True)
        self._consumed = [topic for topic in TOPICS.values() if set(topic.consumers) & set(services)]

    async def close(self) -> None:
        await self._redis.aclose()
        self._mongo.close()

    # Kafka.

    async def order(self) -> dict[str, list[str]]:
        """By conversation: customers' messages, as they first stood on the topic."""
        order: dict[str, dict[str, None]] = {}
        async for record in read_all(Brokers(self._kafka), INBOUND_MESSAGES.name):
            head = _HEADERS.decode(record.value)
            order.setdefault(head.conversation_id, {})[head.id] = None
        return {conversation: list(messages) for conversation, messages in order.items()}

    async def letters(self) -> list[DeadLetterSummary]:
        """Every dead letter, once."""
        found: dict[str, DeadLetterSummary] = {}
        async for record in read_all(Brokers(self._kafka), DEAD_LETTERS.name):
            letter = decode(record)
            about = ""
            if letter.replay_topic == OUTBOUND_MESSAGES.name:
                about = msgspec.json.decode(letter.payload, type=OutboundMessage).id
            found[letter.id] = DeadLetterSummary(letter.id, letter.reason, letter.origin.service, letter.detail, about)
        return list(found.values())

    async def offsets(self) -> list[GroupOffset]:
        """Of every group on every partition that has records, of the topics that these services read."""
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
        return list(_compared(ends, committed))

    # MongoDB.

    async def stored(self) -> dict[str, StoredMessage]:
        """Every message of ours."""
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
        """How many messages of ours are still under way, or sent and not yet read."""
        query = {"$or": [{"state": {"$nin": _SETTLED}}, {"state": "sent", "status": {"$ne": "read"}}]}
        return await asyncio.to_thread(self._database["outbound"].count_documents, query, maxTimeMS=10_000)

    async def decisions(self, message_ids: Sequence[str]) -> dict[str, str]:
        """What the router decided, of those messages that it has stored."""
        return await asyncio.to_thread(self._decisions, message_ids)

    def _decisions(self, message_ids: Sequence[str]) -> dict[str, str]:
        found = self._database["messages"].find({"_id": {"$in": list(message_ids)}}, {"decision": 1})
        return {item["_id"]: str(item.get("decision")) for item in found}

    async def timelines(self, asked: Sequence[CustomerMessage]) -> dict[str, list[str]]:
        """When each customer's message was routed, answered by the model and first claimed for sending."""
        return await asyncio.to_thread(lambda: {one.id: list(self._timeline(one)) for one in asked})

    def _timeline(self, asked: CustomerMessage) -> Iterator[str]:
        message = self._database["messages"].find_one({"_id": asked.id}) or {}
        yield f"received {self._time(message.get('received_at'))}, routed {self._time(message.get('routed_at'))}"
        yield str(message.get("decision"))
        call = self._database["ai_calls"].find_one({"_id": ids.output_id(asked.id, "ai")})
        if call:
            started, finished = self._time(call.get("started_at")), self._time(call.get("finished_at"))
            yield f"model asked {started} to {finished}, {call.get('attempts')} calls"
        for output in asked.outputs[-1:]:
            found = self._database["outbound"].find_one({"_id": output}) or {}
            yield from self._story(found)

    async def explained(self, outbound_ids: Sequence[str]) -> dict[str, list[str]]:
        """The story of each message of ours, as its document tells it."""
        return await asyncio.to_thread(self._explained, outbound_ids)

    def _explained(self, outbound_ids: Sequence[str]) -> dict[str, list[str]]:
        found = self._database["outbound"].find({"_id": {"$in": list(outbound_ids)}})
        return {item["_id"]: list(self._story(item)) for item in found}

    def _story(self, item: Mapping[str, Any]) -> Iterator[str]:
        marked = item.get("possible_duplicate", False)
        yield f"{item.get('workspace')}, state {item.get('state')}, possible_duplicate {marked}"
        first, last = self._time(item.get("first_claimed_at")), self._time(item.get("claimed_at"))
        yield f"first claimed at {first}, last by {item.get('claim')} at {last}"
        for entry in item.get("attempts", []):
            error = entry.get("error") or {}
            said = f" {error.get('code')}" if error else ""
            yield f"{entry.get('outcome')}{said} at {self._time(entry.get('at'))} by {entry.get('claim')}"
        for entry in item.get("statuses", [])[:1]:
            yield f"first status {entry.get('status')} at {self._time(entry.get('received_at'))}"

    def _time(self, at: Any) -> str:
        return f"{at.timestamp() - self._began:.2f}" if hasattr(at, "timestamp") else str(at)

    # Redis.

    async def claims(self) -> list[str]:
        """The claims on model calls that are held now."""
        return [str(key) async for key in self._redis.scan_iter(_CLAIMS, count=1000)]


def _compared(ends: Mapping[Any, int], committed: Mapping[str, Mapping[Any, Any]]) -> Iterator[GroupOffset]:
    for source, end in sorted(ends.items()):
        if not end:
            continue
        readers = [group for group, offsets in committed.items() if any(tp.topic == source.topic for tp in offsets)]
        for group in readers or ["(no group)"]:
            offset = committed.get(group, {}).get(source)
            value = offset.offset if offset is not None and offset.offset >= 0 else None
            yield GroupOffset(group, source.topic, source.partition, value, end)


def logs(folder: Path, services: Collection[str]) -> list[Path]:
    """The logs of these services."""
    return [path for path in sorted(folder.glob("*.log")) if path.name.split("-")[0] in services]


def read_logs(
    paths: Iterable[Path], *, phones: Collection[str], words: Collection[str], secrets: Collection[str]
) -> LogFindings:
    """What the logs say. Private is a number (with or without its country's), a word or a secret."""
    numbers = {phone[-_LOCAL:] for phone in phones}
    said, known = set(words), re.compile("|".join(map(re.escape, sorted(secrets))) or r"(?!)")
    logs = LogFindings()
    for path in paths:
        with path.open(errors="replace") as lines:
            for line in lines:
                logs.lines += 1
                private = known.search(line) or _has_number(line, numbers)
                if private or any(word in said for word in _WORDS.findall(line)):
                    logs.private.append(f"{path.name}: {line.strip()[:300]}")
                if _UNEXPECTED.search(line):
                    logs.unexpected.append(f"{path.name}: {_ends(line.strip())}")
    return logs


def _ends(line: str) -> str:
    """Where it was, and what it was: the end of a traceback says that."""
    return line if len(line) <= 2 * _SHOWN else f"{line[:_SHOWN]} … {line[-_SHOWN:]}"


def _has_number(line: str, numbers: Collection[str]) -> bool:
    for run in _DIGITS.findall(line):
        digits = re.sub(r"\D", "", run)
        if any(digits[at : at + _LOCAL] in numbers for at in range(len(digits) - _LOCAL + 1)):
            return True
    return False
