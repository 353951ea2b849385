"""A console whose commands a router handles when the test says so, on real MongoDB and Redis; Kafka is a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.router.worker import Router
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.errors import DependencyAway
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import OutboundMessage
from shared.repositories.conversations import Conversations
from shared.storage.mongo import Document
from shared.topics import CONVERSATION_COMMANDS
from tests.console.console import Client, Console
from tests.services.builders import FAQS, inbound

NUMBER = "+2348030000001"
CONVERSATION, CUSTOMER = ids.conversation_id("acme", "main", NUMBER), ids.customer_id("acme", NUMBER)
WORKSPACE: Document = {
    "_id": "acme",
    "workspace": "acme",
    "name": "Acme",
    "faqs": FAQS,
    "revision": 1,
    "channels": [
        {
            "id": "main",
            "provider": "meta",
            "address": "+15550001111",
            "key": "meta:1",
            "account": "meta-account:w1",
            "settings": {"waba_id": "w1"},
            "secrets": {},
        }
    ],
    "templates": [{"name": "hello", "language": "en", "body": "Hello {{1}}!"}],
}


@dataclass
class KafkaList:
    """A producer that keeps the records, and can be away."""

    records: list[NewRecord] = field(default_factory=list)
    away: bool = False

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        if self.away:
            raise DependencyAway("kafka")
        self.records += records

    def messages(self, *topics: str) -> list[Any]:
        """Return what was published, to these topics or to all."""
        found = [one for one in self.records if not topics or one.topic in topics]
        return [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in found]


@dataclass
class RoutedConsole:
    """The console, with a customer's conversation in acme."""

    console: Console
    router: Router
    kafka: KafkaList
    handled: int = 0

    async def customer_writes(self, text: str = "Where are you?", number: int = 1) -> InboundMessage:
        message = inbound(text, number=number, at=self.console.clock.now())
        await self.router.on_message(message)
        return message

    async def route(self) -> list[ConversationEvent]:
        """Have the router handle the commands since the last call; return the events of their ends."""
        commands = self.kafka.messages(CONVERSATION_COMMANDS.name)
        new, self.handled = commands[self.handled :], len(commands)
        before = len(self.kafka.records)
        for command in new:
            await self.router.on_command(command)
        since = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in self.kafka.records[before:]]
        ends = (EventKind.COMMAND_DONE, EventKind.COMMAND_REFUSED)
        return [one for one in since if isinstance(one, ConversationEvent) and one.kind in ends]

    async def state(self) -> Conversation:
        found = await Conversations(self.console.parts.mongo, "acme").get(CONVERSATION)
        assert found is not None
        return found

    def sent(self) -> list[OutboundMessage]:
        """Return the agents' messages for the customer, each as often as it was published."""
        return [one for one in self.kafka.messages() if isinstance(one, OutboundMessage) and one.author == "agent"]

    def agent(self, person: str = "ada", **member: Any) -> Client:
        return self.console.client("agent", person=person, **member)
