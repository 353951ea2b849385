"""The messages whose round trips `parley bench budget` counts: kinds, webhooks, and the workspace that gets them."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devtools.bench.corpus import SECRET, complaint, faq_question, workspace_files_named
from devtools.simulators.webhooks import (
    Json,
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_message,
    meta_status,
    meta_webhook,
    sign_meta,
    wamid,
)
from shared.clock import Clock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.broadcast import Broadcast, Recipient, broadcast_id, recipient_id
from shared.flows.load import read_flow
from shared.messages.broadcast_content import BroadcastTemplate
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.flows import Flows
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import FlowRef

WORKSPACE = "budget"
_CHANNEL = "main"
_STEPS = "\n".join(
    f'  ask{step}: {{ask: "Question {step}?", type: integer, save: answer{step}}}' for step in range(1, 30)
)
_FLOW = f"flow: survey\ntriggers: {{keywords: [survey-please]}}\nsteps:\n{_STEPS}\n"


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message whose round trips are counted. text: returns the text with this number; no customer writes the
    same twice. first: what a customer writes before the messages that are counted.
    """

    name: str
    text: Callable[[int], str]
    first: tuple[str, ...]


def _complaint(number: int) -> str:
    return complaint(random.Random(number), number)[0]


MESSAGE_KINDS = (
    MessageKind("FAQ", faq_question, (faq_question(0),)),
    MessageKind("AI", _complaint, (_complaint(0),)),
    MessageKind("flow step", str, ("survey-please", "1")),
    MessageKind("shop step", "1 x {}".format, ("1 x 1",)),
)
STATUSES = ("sent", "delivered", "read")
TOGETHER = "sent, delivered, read in one webhook"
BROADCAST = "broadcast recipient"


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Hub-Signature-256": sign_meta(self.body, SECRET)}


class BudgetWebhooks:
    """Makes the webhooks of the workspace's number."""

    def __init__(self) -> None:
        channel = workspace_files_named([WORKSPACE])[0].channels[0].model_dump()
        self._number = MetaNumber(channel["phone_number_id"], channel["address"].lstrip("+"), channel["waba_id"])
        self._sent = 0

    def message(self, customer: str, text: str) -> SignedWebhook:
        """Return a customer's text message."""
        self._sent += 1
        id_ = wamid(customer, self._sent, seed=f"budget:{time.time_ns()}")
        message = meta_message("text", text, sender=customer, message_id=id_, timestamp=int(time.time()))
        return self._webhook(MetaItem(self._number, message=message, contact=meta_contact("Ada", customer)))

    def statuses(self, sent: Mapping[str, Json | str], statuses: Sequence[str]) -> SignedWebhook:
        """Return a webhook with statuses of a sent message. sent: the simulators' record of it."""
        values = [
            meta_status(
                str(sent["id"]),
                status,
                recipient=str(sent["to"]),
                timestamp=int(time.time()),
                opaque=str(sent["opaque"]) or None,
            )
            for status in statuses
        ]
        return self._webhook(*(MetaItem(self._number, status=value) for value in values))

    def _webhook(self, *items: MetaItem) -> SignedWebhook:
        return SignedWebhook(meta_webhook(*items))


class BudgetWorkspace:
    """Writes the workspace and its broadcasts as `parley apply` and `parley broadcast` do."""

    def __init__(self, env: Mapping[str, str], clock: Clock) -> None:
        self._env = env
        self._clock = clock

    async def apply(self) -> None:
        """Create the workspace with its flow."""
        mongo, redis = self._mongo(), Redis(self._env["REDIS_URL"])
        keys = Settings.model_validate({"secrets_key": self._env["SECRETS_KEY"]}).secret_keys
        try:
            flow = read_flow(_FLOW)
            await Flows(mongo, WORKSPACE).put(flow.name, flow.version, _FLOW, self._clock.now())
            editor = WorkspaceEditor(mongo, redis, Secrets(keys), self._clock)
            file = workspace_files_named([WORKSPACE])[0]
            await editor.apply(file, [FlowRef(name=flow.name, version=flow.version)])
        finally:
            await redis.close()
            await mongo.close()

    async def broadcast(self, name: str, recipients: Sequence[str]) -> None:
        """Start a broadcast to these numbers."""
        mongo, now = self._mongo(), self._clock.now()
        try:
            broadcast = Broadcast(
                id=broadcast_id(WORKSPACE, name),
                workspace=WORKSPACE,
                name=name,
                what=BroadcastTemplate(name="news", language="en", parameters=()),
                channel=_CHANNEL,
                rate=100.0,
                created_at=now,
                by="bench",
            )
            broadcasts = Broadcasts(mongo, WORKSPACE)
            await broadcasts.create(broadcast)
            await BroadcastRecipients(mongo, WORKSPACE).add(
                broadcast.id, [_recipient(broadcast.id, number) for number in recipients]
            )
            await broadcasts.start(broadcast.id, now)
        finally:
            await mongo.close()

    def _mongo(self) -> Mongo:
        return Mongo(self._env["MONGODB_URI"], self._env["MONGODB_DATABASE"])


def _recipient(broadcast: str, number: str) -> Recipient:
    customer = ids.customer_id(WORKSPACE, f"+{number}")
    return Recipient(id=recipient_id(broadcast, customer), customer_id=customer, identity=f"+{number}", name="Ada")
