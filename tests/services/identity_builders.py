"""Ingress and a router on one database, for tests of customers with two identities."""

from collections.abc import Sequence

from services.ingress.senders import Senders
from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.messages.content import Content, Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import OutboundMessage, TextBody
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.services.builders import NOW

PHONE, USER, NEW_PHONE = "+2348030000001", "NG.1", "+2348030000099"
BY_PHONE, BY_USER = (ids.conversation_id("acme", "main", identity) for identity in (PHONE, f"bsuid:{USER}"))
HOURS, WHERE = "What are your opening hours?", "Where are you?"


class RecordingProducer:
    """A producer that keeps the records."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.records += records


class IngressAndRouter:
    """Ingress's lookup of senders and a router, on one database."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.clock = FixedClock(NOW)
        self.producer = RecordingProducer()
        self.router = Router(mongo, Workspaces(mongo, self.clock), self.producer, self.clock)
        self.conversations = Conversations(mongo, "acme")
        self.number = 0

    async def receive(
        self, content: str | Content, *, phone: str | None = None, user: str | None = None, number: int = 0
    ) -> InboundMessage:
        """Return the message as an ingress process with empty caches publishes it. number: of a redelivered one."""
        self.clock.advance(1)
        self.number += 1
        identity = phone or f"bsuid:{user}"
        resolved = await Senders(IdentityCache(self.mongo, self.clock)).resolve(
            "acme", Sender(identity=identity, address=identity, phone=phone, bsuid=user)
        )
        provider_id = f"wamid.{number or self.number}"
        message_id = ids.message_id("acme", Provider.META, provider_id)
        return InboundMessage(
            id=message_id,
            workspace="acme",
            correlation_id=ids.correlation_id(message_id),
            created_at=self.clock.now(),
            provider=Provider.META,
            provider_message_id=provider_id,
            channel="main",
            conversation_id=ids.conversation_id("acme", "main", resolved.sender.identity),
            sender=resolved.sender,
            content=Text(body=content) if isinstance(content, str) else content,
            sent_at=self.clock.now(),
            joins=resolved.joins,
            unresolved=resolved.unresolved,
        )

    async def write(self, content: str | Content, **who: str | None) -> InboundMessage:
        """A customer writes, and all replies reach delivery."""
        message = await self.receive(content, phone=who.get("phone"), user=who.get("user"))
        await self.router.on_message(message)
        await self.deliver()
        return message

    async def deliver(self) -> None:
        """Mark all messages to customers as sent."""
        sent = OutboundMessages(self.mongo, "acme")
        for message in self.sent_messages():
            if await sent.claim(message, "a", self.clock.now()) is None:
                await sent.record_accepted(message.id, "a", f"out.{message.id}", self.clock.now())

    def sent_messages(self) -> list[OutboundMessage]:
        """The messages to customers, each once, in the order of their first records."""
        records = [Record(item.topic, 0, 0, item.key, item.value) for item in self.producer.records]
        messages = [decode(item) for item in records if item.topic == "outbound.messages"]
        texts = [item for item in messages if isinstance(item, OutboundMessage) and isinstance(item.body, TextBody)]
        return list({item.id: item for item in texts}.values())

    async def only_customer(self) -> dict[str, object]:
        (customer,) = [customer async for customer in Customers(self.mongo, "acme").stream(None, NOW)]
        return customer

    async def open_conversations(self) -> list[Conversation]:
        documents = await self.mongo.collection("conversations").find({"workspace": "acme"}, fields={"_id": 1})
        found = await self.conversations.get_many([document["_id"] for document in documents])
        return [item for item in found.values() if item.moved_to is None]
