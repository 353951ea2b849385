"""The webhooks of ingress within the test process, with a directory on real stores and a fake producer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from devtools.simulators.webhooks import sign_meta, sign_twilio
from services.ingress.accept import Acceptor
from services.ingress.dead_letters import reread
from services.ingress.rate_limit import WindowLimiter
from services.ingress.webhooks import RequestLimits, Webhooks
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.messages.dead_letters import DeadLetter
from shared.providers.port import Parsed
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.webhook_marks import WebhookMarks
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import WorkspaceFile
from tests.security.endpoint import APP_SECRET, VERIFY_TOKEN, auth_token

SECRETS = Secrets({"k1": b"1" * 32})
PUBLIC = "https://parley.example"


@dataclass
class Counting:
    """A producer that keeps the batches of records. fails_at: the batch at which it raises an error."""

    batches: list[Sequence[NewRecord]] = field(default_factory=list)
    fails_at: int | None = None

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        if self.fails_at == len(self.batches):
            raise RuntimeError("the broker is gone")
        self.batches.append(records)

    @property
    def records(self) -> list[NewRecord]:
        return [record for batch in self.batches for record in batch]

    @property
    def messages(self) -> list[Any]:
        return [decode(Record(record.topic, 0, 0, record.key, record.value)) for record in self.records]

    @property
    def letters(self) -> list[DeadLetter]:
        return [message for message in self.messages if isinstance(message, DeadLetter)]

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(len(record.value) for record in self.records)


class Intake:
    """Webhooks that are called without HTTP."""

    def __init__(self, mongo: Mongo, redis: Redis, clock: FixedClock, *, refusals: int = 120) -> None:
        self.clock = clock
        self.kafka = Counting()
        self.directory = Directory(mongo, redis, SECRETS, clock)
        self._editor = WorkspaceEditor(mongo, redis, SECRETS, clock)
        self.marks = WebhookMarks(redis, clock)
        self.acceptor = Acceptor(self.directory, IdentityCache(mongo, clock), self.kafka, clock, marks=self.marks)
        settings = Settings(
            public_base_url=PUBLIC,
            meta_app_secret=SecretStr(APP_SECRET),
            meta_verify_token=SecretStr(VERIFY_TOKEN),
        )
        limits = RequestLimits(max_body=4 << 20, max_buffered=64 << 20, body_timeout=30.0, accept_timeout=30.0)
        limiter = WindowLimiter("t", refusals, redis, clock)
        self._app = Webhooks(self.directory, self.acceptor, limiter, settings, limits, clock, marks=self.marks)

    async def apply(self, *files: WorkspaceFile) -> None:
        for file in files:
            await self._editor.apply(file)

    async def post(
        self, path: str, body: bytes, headers: Iterable[tuple[str, str]] = (), *, address: str = "192.0.2.1"
    ) -> int:
        """Post a body; return the HTTP status."""
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "client": (address, 4711),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return int(sent[0]["status"])

    async def meta(self, body: bytes, **more: Any) -> int:
        """Post a body signed by Meta; return the HTTP status."""
        return await self.post("/webhooks/meta", body, [("x-hub-signature-256", sign_meta(body, APP_SECRET))], **more)

    async def twilio(self, body: bytes, form: dict[str, str], name: str, **more: Any) -> int:
        """Post a form signed by Twilio with the token of a workspace; return the HTTP status."""
        signature = sign_twilio(f"{PUBLIC}/webhooks/twilio", form, auth_token(name))
        return await self.post("/webhooks/twilio", body, [("x-twilio-signature", signature)], **more)

    def reread(self) -> list[Parsed]:
        """Return all items of the dead letters, parsed again."""
        return [item for letter in self.kafka.letters for item in reread(letter, self.clock.now())[1]]


def webhook(*values: Any, account: str = "15") -> bytes:
    """Return a webhook of Meta with one change for each value."""
    changes = [{"field": "messages", "value": value} for value in values]
    entry = {"id": account, "time": 1739321024, "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":")).encode()


def of_number(phone_number_id: str, **items: Any) -> dict[str, Any]:
    """Return the value of a change. items: `messages`, `statuses`, `contacts`."""
    metadata = {"phone_number_id": phone_number_id, "display_phone_number": "2347000000011"}
    return {"messaging_product": "whatsapp", "metadata": metadata, **items}
