"""An ingress process on the servers of the tests, called as a provider or an attacker would."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.kafka.aiokafka_source import record_of
from shared.kafka.records import Record
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, INBOUND_STATUSES
from shared.workspace.config import WorkspaceFile
from tests.conftest import Infra
from tests.security.raw_http import RawClient, connection

APP_SECRET = "platform-app-secret"
VERIFY_TOKEN = "platform-vérify-token"
TOPICS = (INBOUND_MESSAGES.name, INBOUND_STATUSES.name, DEAD_LETTERS.name)
_BAD_LEVELS = ("error", "critical", "exception")


class IngressProcess:
    """A running ingress process."""

    def __init__(self, stack: Stack, infra: Infra) -> None:
        self.stack = stack
        self.infra = infra
        url = urlsplit(stack.info["ingress"])
        self.host, self.port = str(url.hostname), int(url.port or 80)
        self.public = stack.env["PUBLIC_BASE_URL"]

    def connection(self) -> AbstractAsyncContextManager[RawClient]:
        """Return a socket to it."""
        return connection(self.host, self.port)

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return int(self.stack.info["pids"]["ingress"][0])

    @property
    def lines(self) -> list[str]:
        """Return its log."""
        return (Path(self.stack.info["logs"]) / "ingress-0.log").read_text().splitlines()

    def bad_lines(self) -> list[str]:
        """Return the lines of its log about its own errors."""
        return [line for line in self.lines if "Traceback" in line or json.loads(line)["level"] in _BAD_LEVELS]

    async def apply(self, *files: WorkspaceFile) -> None:
        """Store workspaces as `parley apply` does."""
        settings = Settings(secrets_key=SecretStr(self.stack.env["SECRETS_KEY"]))
        mongo = Mongo(self.infra.mongodb, self.stack.env["MONGODB_DATABASE"])
        redis = Redis(self.infra.redis)
        try:
            editor = WorkspaceEditor(mongo, redis, Secrets(settings.secret_keys), SystemClock())
            for file in files:
                await editor.apply(file)
        finally:
            await redis.close()
            await mongo.close()

    async def position(self) -> dict[TopicPartition, int]:
        """Return the end offsets of the topics that ingress writes to."""
        async with self._consumer() as (consumer, partitions):
            ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
            return ends

    async def records(self, since: dict[TopicPartition, int]) -> list[Record]:
        """Return all records written since."""
        found: list[Record] = []
        async with self._consumer() as (consumer, partitions):
            ends = await consumer.end_offsets(partitions)
            for partition in partitions:
                consumer.seek(partition, since.get(partition, 0))
            async with asyncio.timeout(60):
                while True:
                    if all([await consumer.position(partition) >= ends[partition] for partition in partitions]):
                        return found
                    batches = await consumer.getmany(timeout_ms=500)
                    found += [record_of(item) for batch in batches.values() for item in batch]

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[tuple[Any, list[TopicPartition]]]:
        consumer = AIOKafkaConsumer(
            *TOPICS, bootstrap_servers=self.infra.kafka, enable_auto_commit=False, max_partition_fetch_bytes=16 << 20
        )
        await consumer.start()
        try:
            partitions = [
                TopicPartition(topic, number) for topic in TOPICS for number in consumer.partitions_for_topic(topic)
            ]
            consumer.unsubscribe()
            consumer.assign(partitions)
            yield consumer, partitions
        finally:
            await consumer.stop()


@contextmanager
def running(infra: Infra, folder: Path, **settings: str) -> Iterator[IngressProcess]:
    """Run an ingress process only. settings: environment variables that override those for tests."""
    env = {
        **infra.environment(),
        "MONGODB_DATABASE": f"edge_{os.getpid()}_{folder.name}",
        "META_APP_SECRET": APP_SECRET,
        "META_VERIFY_TOKEN": VERIFY_TOKEN,
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0",
        "INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "0",
        "LOG_LEVEL": "INFO",
        **settings,
    }
    no_services = {"router": 0, "ai": 0, "delivery": 0}
    with Stack(dir=folder, fresh=True, simulators=False, replicas=no_services, env=env) as stack:
        yield IngressProcess(stack, infra)


def drop_database(ingress: IngressProcess) -> Callable[[], Any]:
    """Return a function that drops the database of an ingress process."""

    async def drop() -> None:
        mongo = Mongo(ingress.infra.mongodb, ingress.stack.env["MONGODB_DATABASE"])
        await mongo.drop()
        await mongo.close()

    return drop


def workspace(name: str, number: int, **changes: Any) -> WorkspaceFile:
    """Return a workspace with a Meta and a Twilio number. number: makes them distinct."""
    return WorkspaceFile.model_validate(
        {
            "workspace": name,
            "channels": [
                {
                    "id": "main",
                    "provider": "meta",
                    "address": f"+23470{number:08d}",
                    "phone_number_id": phone_number_id(number),
                    "waba_id": waba_id(number),
                    "access_token": f"EAA-access-{name}",
                    "app_secret": app_secret(name),
                    "verify_token": f"verify-{name}",
                },
                {
                    "id": "tw",
                    "provider": "twilio",
                    "address": twilio_number(number),
                    "account_sid": account_sid(number),
                    "auth_token": auth_token(name),
                },
            ],
            **changes,
        }
    )


def phone_number_id(number: int) -> str:
    return f"77{number:013d}"


def waba_id(number: int) -> str:
    return f"15{number:011d}"


def twilio_number(number: int) -> str:
    return f"+1415{number:07d}"


def account_sid(number: int) -> str:
    return f"AC{number:032x}"


def app_secret(name: str) -> str:
    return f"app-secret-of-{name}"


def auth_token(name: str) -> str:
    return f"auth-token-of-{name}"


def request(
    method: str, path: str, headers: Iterable[tuple[str, str | bytes]] = (), body: bytes | None = None
) -> bytes:
    """Return the bytes of a request, with a content-length unless the headers have one."""
    given = [(name, value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    names = {name.lower() for name, _ in given}
    lines = [f"{method} {path} HTTP/1.1".encode(), *([] if "host" in names else [b"host: parley"])]
    lines += [name.encode() + b": " + value for name, value in given]
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""]) + (body or b"")
