"""All parts of webhooks out over real Kafka and MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.delivery.webhooks_out.call_log import WebhookCallLog
from services.delivery.webhooks_out.caller import WebhookCaller
from services.delivery.webhooks_out.cooldowns import EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import WebhookHandler, delivery_of
from services.delivery.webhooks_out.retries import WebhookRetries
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.http.poster import Poster
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import Record
from shared.kafka.topic_reader import read_all
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.operations.dead_letters.reader import DeadLetterFilter, fetch_dead_letters, read_dead_letters
from shared.operations.webhooks import (
    WebhookOperations,
)
from shared.operations.workspaces.edit import WorkspaceEdits
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import LoggedCall, WebhookLog
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.topics import WEBHOOKS_REPLAY
from shared.workspace.config import WorkspaceFile
from shared.workspace.webhooks_out import StoredWebhook
from tests.services.webhook_endpoint import Endpoint

SECRET = "a-secret-of-the-crm"


@dataclass
class Out:
    """All parts of webhooks out, with one clock and a workspace of the test's own."""

    handler: WebhookHandler
    retries: WebhookRetries
    log: WebhookCallLog
    operations: WebhookOperations
    clock: FixedClock
    mongo: Mongo
    bootstrap: str
    workspace: str
    producer: KafkaProducer

    def event(self, number: int = 1, conversation: str = "c1", *, at: datetime | None = None) -> ConversationEvent:
        return ConversationEvent(
            id=f"{self.workspace}-e{number}",
            workspace=self.workspace,
            correlation_id=ids.correlation_id(str(number)),
            created_at=at or self.clock.now(),
            kind=EventKind.MESSAGE_SENT,
            conversation_id=conversation,
            message_id=f"m{number}",
        )

    async def waiting(self) -> list[dict[str, Any]]:
        return await Scoped(self.mongo.collection("webhook_deliveries"), self.workspace).find({}, sort=[("_id", 1)])

    async def dead_letters(self) -> list[WebhookDelivery]:
        letters = await read_dead_letters(
            Brokers(self.bootstrap), DeadLetterFilter(reason="webhook_failed", workspace=self.workspace)
        )
        found = [letter async for _, letter in fetch_dead_letters(Brokers(self.bootstrap), letters.entries)]
        return [decode(Record(one.replay_topic or "", -1, -1, one.key, one.payload)) for one in found]

    async def logged(self) -> list[LoggedCall]:
        """Return the log, the newest event first."""
        await self.log.flush()
        return await WebhookLog(self.mongo, self.workspace).page("crm", None, 100)

    async def replayed(self) -> list[WebhookDelivery]:
        """Return the calls of the workspace on `webhooks.replay`, in their order."""
        records = [one async for one in read_all(Brokers(self.bootstrap), WEBHOOKS_REPLAY.name)]
        return [decode(one) for one in records if one.key == self.workspace.encode()]

    async def put(self, count: int, *, first: int = 1, since: datetime | None = None, webhook: str = "crm") -> None:
        """Have the calls of some events wait because the endpoint could not be reached."""
        hook, now = StoredWebhook(id=webhook, url="http://127.0.0.1:1"), self.clock.now()
        deliveries = WebhookDeliveries(self.mongo, self.workspace)
        for number in range(first, first + count):
            due = now - timedelta(seconds=first + count - number)
            await deliveries.add(delivery_of(self.event(number), hook), since or due, due, "HTTP 503")

    async def advance(self, seconds: float) -> None:
        """Advance the clock and make the due calls."""
        self.clock.advance(seconds)
        async with asyncio.TaskGroup() as tasks:
            await self.retries.start_due(tasks, asyncio.Event())


async def apply_webhooks(mongo: Mongo, redis: Redis, clock: FixedClock, name: str, urls: Mapping[str, str]) -> None:
    """Store the workspace `name` with these webhooks."""
    webhooks = [{"id": webhook, "url": url, "secret": SECRET} for webhook, url in urls.items()]
    file = WorkspaceFile.model_validate({"workspace": name, "webhooks": webhooks})
    await WorkspaceEditor(mongo, redis, Secrets({"k1": b"1" * 32}), clock).apply(file)


@asynccontextmanager
async def webhook_parts(
    mongo: Mongo, redis: Redis, bootstrap: str, clock: FixedClock, endpoint: Endpoint, name: str
) -> AsyncIterator[Out]:
    """Store the workspace `name` with the endpoint as its webhook `crm`, and yield the connected parts."""
    secrets = Secrets({"k1": b"1" * 32})
    await apply_webhooks(mongo, redis, clock, name, {"crm": endpoint.url})
    producer = KafkaProducer(Brokers(bootstrap), "webhooks-test")
    await producer.start()
    poster = Poster(private=True, timeout=5.0)
    log = WebhookCallLog(mongo, clock, days=14)
    edits = WorkspaceEdits(WorkspaceEditor(mongo, redis, secrets, clock), ())
    operations = WebhookOperations(mongo, producer, edits, clock, name)
    workspaces = Workspaces(mongo, clock)
    caller = WebhookCaller(mongo, poster, secrets, clock, log)
    cooldowns = EndpointCooldowns()
    dead_letters = WebhookDeadLetters(DeadLetters("delivery", producer, clock), clock, log)
    handler = WebhookHandler(mongo, workspaces, caller, cooldowns, dead_letters, log, clock, most_waiting=5)
    retries = WebhookRetries(mongo, workspaces, caller, cooldowns, dead_letters, clock)
    yield Out(handler, retries, log, operations, clock, mongo, bootstrap, name, producer)
    await log.close()
    await poster.close()
    await producer.stop()
