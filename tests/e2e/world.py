"""A running stack as tests use it: workspaces, webhooks of customers, the records of the simulators, stored documents.

Methods that wait do so for a condition, with a time limit.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import SecretStr

from devtools.cli.workspace_session import WorkspaceSession
from devtools.simulators.webhooks import (
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_message,
    meta_status,
    meta_webhook,
    sign_meta,
    sign_twilio,
    twilio_form,
    twilio_sid,
    wamid,
)
from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.flows.load import read_flow as read_flow
from shared.kafka.codec import to_record
from shared.kafka.records import NewRecord
from shared.maintenance.eraser import Eraser
from shared.messages.commands import Command
from shared.operations.customers.erasure import erase_customer
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import SETTLED
from shared.repositories.flows import Flows
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Document, Mongo
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.topics import CONVERSATION_COMMANDS, Topic
from shared.workspace.config import FlowRef, WorkspaceFile
from tests.e2e.shop import BOT, PrivateData, Shop, serial_numbers, word, workspace_file
from tests.e2e.simulator_control import Json, SimulatorControl
from tests.e2e.topics import StackTopics
from tests.e2e.waiting import TIMEOUT, until


class World(SimulatorControl, StackTopics):
    """One stack with its simulators and stores, for one test."""

    def __init__(
        self, stack: Stack, http: aiohttp.ClientSession, mongo: Mongo, redis: Redis, private: PrivateData
    ) -> None:
        self.stack = stack
        self.http = http
        self.mongo = mongo
        self.redis = redis
        self.private = private
        self.sims: str = stack.info["simulators"]["url"]
        self.ingress: str = stack.info["ingress"]

    # Workspaces.

    async def shop(
        self, *, channels: bool = True, profile: Json | None = None, flows: Sequence[str] = (), **bot: Any
    ) -> Shop:
        """Create a workspace and register its numbers and tokens with the simulators.

        profile: more fields of its file. flows: the texts of its flows. bot: fields of its bot settings.
        """
        n = next(serial_numbers)
        shop = Shop(
            workspace=f"shop{n}",
            number=MetaNumber(f"66{n:013d}", f"23470{n:08d}", f"14{n:011d}"),
            access_token=f"EAAmeta{n:06d}token",
            app_secret=f"appsecret{n:06d}",
            verify_token=f"verify{n:06d}",
            twilio=f"+1415{n:07d}",
            account_sid=f"AC{n + 0x1000:032x}",  # must differ from that of the demo workspace
            auth_token=f"twiliotoken{n:06d}",
        )
        self.private.tokens |= {shop.access_token, shop.app_secret, shop.auth_token, shop.verify_token}
        settings = {**BOT, **bot}
        await self.apply(workspace_file(shop, settings, profile or {}), flows)
        if channels:
            await self.register_with_simulators(shop)
        return shop

    async def replace_token(self, shop: Shop, *, apply: bool = True, **profile: Any) -> Shop:
        """Replace the access token in the simulators, which then refuse the old one; `apply`: also in the workspace."""
        renewed = replace(shop, access_token=f"EAAmeta{next(serial_numbers):06d}renewed")
        self.private.tokens.add(renewed.access_token)
        await self.register_with_simulators(renewed)
        if apply:
            await self.reapply(renewed, **profile)
        return renewed

    async def reapply(self, shop: Shop, flows: Sequence[str] = (), **profile: Any) -> None:
        """Apply the workspace again with the shop's current tokens."""
        await self.apply(workspace_file(shop, BOT, profile), flows)

    async def apply(self, wanted: WorkspaceFile, flows: Sequence[str] = ()) -> None:
        """Store a workspace and its flows as `parley apply` does."""
        stored, refs = Flows(self.mongo, wanted.workspace), []
        for text in flows:
            flow = read_flow(text)
            await stored.put(flow.name, flow.version, text, SystemClock().now())
            refs.append(FlowRef(name=flow.name, version=flow.version))
        settings = Settings(secrets_key=SecretStr(self.stack.env["SECRETS_KEY"]))
        editor = WorkspaceEditor(self.mongo, self.redis, Secrets(settings.secret_keys), SystemClock())
        await editor.apply(wanted, refs)

    async def update_channel(self, shop: Shop, channel: str, **fields: Any) -> None:
        """Set fields of one channel as `parley apply` would; to be called before a service caches the workspace."""
        await self.mongo.collection("workspaces").update(
            {"_id": shop.workspace, "channels.id": channel},
            {"$set": {f"channels.$.{name}": value for name, value in fields.items()}, "$inc": {"revision": 1}},
        )

    async def register_with_simulators(self, shop: Shop) -> None:
        number = {
            "phone_number_id": shop.number.phone_number_id,
            "display_phone_number": shop.number.display_phone_number,
            "waba_id": shop.number.waba_id,
            "access_token": shop.access_token,
        }
        await self.control("POST", "/_sim/meta/numbers", number)
        account = {"account_sid": shop.account_sid, "auth_token": shop.auth_token}
        await self.control("POST", "/_sim/twilio/accounts", account)

    # Messages of customers.

    def item(self, shop: Shop, sender: str, text: str, message_id: str = "") -> MetaItem:
        """Return a customer's text as an item of a Meta webhook."""
        self.private.phones.add(sender)
        self.private.texts.add(text)
        message_id = message_id or wamid(sender, next(serial_numbers), seed="e2e")
        message = meta_message("text", text, sender=sender, message_id=message_id, timestamp=int(time.time()))
        return MetaItem(shop.number, message=message, contact=meta_contact("Ada", sender))

    async def write(self, shop: Shop, sender: str, text: str, *, message_id: str = "", retry: bool = False) -> str:
        """Send a customer's text to the Meta number; return the message's id. `retry`: post until 200, as Meta does."""
        item = self.item(shop, sender, text, message_id)
        status = await self.post_meta(meta_webhook(item), retry=retry)
        assert status == 200, status
        assert item.message is not None
        return str(item.message["id"])

    async def write_twilio(self, shop: Shop, sender: str, text: str) -> str:
        """Send a customer's text to the Twilio number; return the message's id."""
        self.private.phones.add(sender)
        self.private.texts.add(text)
        sid = twilio_sid(next(serial_numbers), seed="e2e")
        form = twilio_form(account_sid=shop.account_sid, sender=sender, to=shop.twilio, message_sid=sid, text=text)
        assert await self.post_twilio(form, shop.auth_token) == 200
        return sid

    async def post_meta(
        self,
        body: bytes,
        *,
        secret: str | None = None,
        path: str = "/webhooks/meta",
        retry: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Post a signed webhook; return the HTTP status, 0 without a response. `retry`: post again until 200."""
        signature = sign_meta(body, self.stack.env["META_APP_SECRET"] if secret is None else secret)
        all_headers = {"content-type": "application/json", "x-hub-signature-256": signature, **(headers or {})}
        status = await self.post(path, body, all_headers)
        end = time.monotonic() + TIMEOUT
        while retry and status != 200 and time.monotonic() < end:
            await asyncio.sleep(0.1)
            status = await self.post(path, body, all_headers)
        return status

    async def post_twilio(
        self, form: Mapping[str, str], token: str, *, path: str = "/webhooks/twilio", address: str = ""
    ) -> int:
        """Post a signed form; return the HTTP status."""
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": sign_twilio(self.stack.env["PUBLIC_BASE_URL"] + path, form, token),
        }
        if address:
            headers["x-forwarded-for"] = address
        return await self.post(path, urlencode(form).encode(), headers)

    async def post(self, path: str, body: Any, headers: Mapping[str, str], *, limit: float = 10.0) -> int:
        """Post to ingress; return the HTTP status, 0 without a response. Raises TimeoutError after `limit` seconds."""
        try:
            async with self.http.post(
                self.ingress + path, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=limit)
            ) as response:
                await response.read()
                return response.status
        except aiohttp.ClientError:
            return 0

    async def status_webhook(self, shop: Shop, sent: Json, *names: str) -> int:
        """Post statuses of a message that the simulator accepted, in the given order, in one webhook."""
        items = [
            MetaItem(
                shop.number,
                status=meta_status(
                    sent["id"], name, recipient=sent["to"], timestamp=int(time.time()), opaque=sent["opaque"]
                ),
            )
            for name in names
        ]
        return await self.post_meta(meta_webhook(*items))

    async def settled_answers(self, shop: Shop, sender: str) -> list[Json]:
        """Return all answers to a customer on the Meta number, after waiting until earlier messages are answered.

        Sends one more message to the model. It passes through all services and the conversation's order is kept, so
        earlier messages are answered when it is. Its own answer is left out.
        """
        fence = word()
        await self.write(shop, sender, f"fence {fence}")

        async def look() -> list[Json] | None:
            found = await self.answers(sender, 0)
            return found if any(fence in record["text"] for record in found) else None

        return [record for record in await until(look, "the fence is answered") if fence not in record["text"]]

    # Stored documents.

    def stored(self, shop: Shop, collection: str) -> Scoped:
        """Return a collection, restricted to this workspace."""
        return Scoped(self.mongo.collection(collection), shop.workspace)

    async def outbound(self, shop: Shop, message_id: str) -> Document:
        """Return a stored outbound message."""
        found = await self.stored(shop, "outbound").find_one({"_id": message_id})
        assert found is not None, message_id
        return found

    async def outbound_when(
        self, shop: Shop, condition: Callable[[Document], bool], *, within: float = TIMEOUT, **query: Any
    ) -> Document:
        """Wait for an outbound message that meets the condition, and return it."""

        async def look() -> Document | None:
            found = await self.stored(shop, "outbound").find(query)
            return next((document for document in found if condition(document)), None)

        return await until(look, f"a message with {query}", within=within)

    async def stored_message(self, shop: Shop, provider_message_id: str) -> Document:
        """Wait until a customer's message is stored, and return it."""

        async def look() -> Document | None:
            return await self.stored(shop, "messages").find_one({"provider_message_id": provider_message_id})

        return await until(look, f"{provider_message_id} is stored")

    async def model_call(self, shop: Shop, conversation_id: str) -> Document:
        """Wait until the last answer of a model is stored, and return its call: it is sent while that happens."""
        sent = {"conversation_id": conversation_id, "author": "ai"}
        query = {"conversation_id": conversation_id, "outcome": {"$nin": ["summary", "no summary"]}}

        async def look() -> Document | None:
            answers = await self.stored(shop, "outbound").find(sent, sort=[("turn", -1)], limit=1)
            calls = await self.stored(shop, "ai_calls").find(query, sort=[("turn", -1)], limit=1)
            return calls[0] if calls and (not answers or answers[0]["turn"] <= calls[0]["turn"]) else None

        return await until(look, "the call of the last answer is stored")

    async def mode(self, shop: Shop, conversation_id: str) -> str:
        """Return the mode of a conversation, or `none` if it does not exist."""
        found = await Conversations(self.mongo, shop.workspace).get(conversation_id)
        return found.mode.value if found else "none"

    async def message_log(self, shop: Shop, sender: str) -> str:
        """Return decisions, model calls and sends for a customer on the Meta number, to explain a failed test."""
        query, order = {"conversation_id": shop.meta_conversation(sender)}, [("turn", 1)]
        decided = await self.stored(shop, "messages").find(query, sort=order)
        calls = await self.stored(shop, "ai_calls").find(query, sort=order)
        sent = await self.records(to=sender, kind="message", accepted="true")
        return "\n".join(
            (
                *(f"{it['turn']}. {it['text'][:40]!r}: {it['decision']}" for it in decided),
                *(f"ai at {it['turn']}: {it['outcome']} {it['error']}" for it in calls),
                *(f"sent: {it['text'][:60]!r}" for it in sent),
            )
        )

    async def command(self, shop: Shop, sender: str, kind: type[Command], **values: Any) -> None:
        """Publish a command for a customer's conversation on the Meta number."""
        now = SystemClock().now()
        cause = ids.derived_id("e2e", shop.workspace, str(next(serial_numbers)))
        command = kind(
            id=cause,
            workspace=shop.workspace,
            correlation_id=ids.correlation_id(cause),
            created_at=now,
            conversation_id=shop.meta_conversation(sender),
            by="u1",
            **values,
        )
        async with self.producer() as producer:
            await producer.send([to_record(CONVERSATION_COMMANDS, command)])

    async def replay(self, shop: Shop, topic: Topic, count: int) -> None:
        """Publish the workspace's first `count` records of a topic again, unchanged."""
        records = await self.topic(topic.name, lambda record: f'"{shop.workspace}"'.encode() in record.value, count)
        async with self.producer() as producer:
            await producer.send([NewRecord(it.topic, it.key, it.value, it.headers) for it in records])

    async def erase(self, shop: Shop, sender: str) -> None:
        """Erase a customer as `parley customers erase` does."""
        clock = SystemClock()
        workspace = await Workspaces(self.mongo, clock).get(shop.workspace)
        assert workspace is not None
        session = WorkspaceSession(self.mongo, workspace, Customers(self.mongo, shop.workspace), clock.now())
        channels = [channel.id for channel in workspace.channels]
        customer = await Eraser(self.mongo, shop.workspace).find([f"+{sender}"], "", channels)
        await erase_customer(
            session.mongo, session.workspace.workspace, customer, clock, lambda: asyncio.sleep(SETTLED)
        )

    # The operations port.

    async def ops(self, service: str, path: str, index: int = 0) -> tuple[int, Json]:
        """Get JSON from a service's operations port; return status and body, status 0 without a response."""
        url = self.stack.info["ops"][service][index] + path
        try:
            async with self.http.get(url, timeout=aiohttp.ClientTimeout(total=5)) as response:
                return response.status, await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return 0, {}

    async def metric(self, service: str, pattern: str) -> float:
        """Return the sum of a service's samples whose name and labels match."""
        async with self.http.get(self.stack.info["ops"][service][0] + "/metrics") as response:
            lines = (await response.text()).splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(pattern, line))

    async def wait_ready(self, *services: str, status: int = 200, within: float = TIMEOUT) -> None:
        """Wait until these services return this status on /health/ready."""
        for service in services:
            await until(
                lambda name=service: self._is(name, "/health/ready", status),  # type: ignore[misc]  # a default binds
                f"{service} returns {status} on /health/ready",
                within=within,
            )

    async def _is(self, service: str, path: str, status: int) -> bool:
        return (await self.ops(service, path))[0] == status


def service_logs(
    folder: Path, services: Sequence[str] = ("ingress", "router", "ai", "delivery", "console")
) -> list[tuple[str, str]]:
    """Return every line that the services of a stack have logged, with the log's name."""
    return [
        (log.name, line)
        for log in sorted(folder.glob("*.log"))
        if log.name.split("-")[0] in services
        for line in log.read_text().splitlines()
    ]
