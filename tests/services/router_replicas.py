"""A workspace whose records are handled by replicas of the router, on a real database."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.errors import DependencyAway
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.maintenance.eraser import Eraser
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import OutboundMessage, TextBody
from shared.operations.customers.erasure import erase_customer
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.services.builders import FAQS, NOW, inbound

QUESTION, NUMBER = "What are your opening hours?", "+2348030000001"
CONVERSATION, CUSTOMER = ids.conversation_id("acme", "main", NUMBER), ids.customer_id("acme", NUMBER)


class KafkaAway:
    """A producer that keeps the records, and can be away."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []
        self.away = False

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        if self.away:
            raise DependencyAway("kafka")
        self.records += records


class Business:
    """A workspace with any number of routers on one database and one Kafka."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.clock = FixedClock(NOW)
        self.kafka = KafkaAway()
        self.conversations = Conversations(mongo, "acme")
        self.customers = Customers(mongo, "acme")

    def router(self) -> Router:
        """Return another replica, or the same one after a restart."""
        return Router(self.mongo, Workspaces(self.mongo, self.clock), self.kafka, self.clock)

    def message(self, number: int, text: str = QUESTION, **fields: Any) -> InboundMessage:
        self.clock.advance(1)
        return replace(inbound(text, number=number, at=self.clock.now()), **fields)

    async def state(self) -> Conversation:
        found = await self.conversations.get(CONVERSATION)
        assert found is not None
        return found

    async def decided(self, kind: str) -> bool:
        """Return whether the latest decision is of this kind."""
        return (await self.conversations.recent_decisions(CONVERSATION))[-1].decision.startswith(kind)

    def texts(self) -> list[OutboundMessage]:
        """Return the texts to the customer, each as often as it was published."""
        read = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in self.kafka.records]
        return [one for one in read if isinstance(one, OutboundMessage) and isinstance(one.body, TextBody)]

    def answered(self) -> list[str]:
        """Return which messages were answered, each once."""
        return list(dict.fromkeys(one.cause for one in self.texts()))

    async def erase(self) -> None:
        person = await Eraser(self.mongo, "acme").find([NUMBER], "", ["main"])

        async def settle() -> None:
            self.clock.advance(8)

        await erase_customer(self.mongo, "acme", person, self.clock, settle)


async def stored_business(mongo: Mongo) -> Business:
    """Return a workspace that MongoDB has."""
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1}
    )
    return Business(mongo)
