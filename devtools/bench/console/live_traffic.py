"""Conversations that go on: stores states and messages as router and delivery do, and publishes their events."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.conversation import Conversation, CustomerRegistered, Mode, RecordedDecision
from shared.errors import DependencyAway
from shared.kafka.codec import to_record
from shared.kafka.producer import KafkaProducer
from shared.messages.content import Text
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import InboundMessage, InboundStatus, Provider, Sender, Status
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS

_STATUSES = (Status.SENT, Status.DELIVERED, Status.READ)


@dataclass
class LiveTraffic:
    """Messages, statuses and hand-overs of a workspace at a steady rate. early: seconds by which an event may precede
    its stored message. rng decides on everything.
    """

    mongo: Mongo
    producer: KafkaProducer
    workspace: str
    conversations: int
    early: float = 0.01
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    states: dict[str, Conversation] = field(default_factory=dict)
    events: int = 0
    _numbers: int = 0
    _busy: "dict[str, asyncio.Task[None]]" = field(default_factory=dict)
    _failed: list[Exception] = field(default_factory=list)

    async def begin(self) -> list[str]:
        """Store the conversations and return their ids."""
        for number in range(self.conversations):
            identity = f"+23480{number:08}"
            id_ = ids.conversation_id(self.workspace, "main", identity)
            state = Conversation(
                id=id_,
                workspace=self.workspace,
                channel="main",
                provider="meta",
                customer_id=ids.customer_id(self.workspace, identity),
                address=identity[1:],
            )
            customer = CustomerRegistered(identity=identity, phone=identity)
            await Customers(self.mongo, self.workspace).register(state.customer_id, customer, id_, SystemClock().now())
            await self._save(state, "begin")
        return list(self.states)

    def start_step(self) -> None:
        """Let one thing happen in one conversation that has nothing under way, if there is one."""
        free = [id_ for id_ in self.states if id_ not in self._busy]
        if not free:
            return
        conversation = self.rng.choice(free)
        self._busy[conversation] = asyncio.create_task(self._step(conversation))
        self._busy[conversation].add_done_callback(lambda task: self._done(conversation, task))

    async def exchange(self, conversation: str) -> None:
        """Let the customer write and be answered."""
        await self._exchange(self.states[conversation])

    async def assign(self, conversation: str, agent: str) -> None:
        """Let an agent have the conversation; empty: the bot."""
        await self._change(self.states[conversation], agent)

    async def finish(self) -> None:
        """Wait for what is under way. Raises what failed."""
        while self._busy:
            await asyncio.gather(*self._busy.values())
        if self._failed:
            raise self._failed[0]

    def _done(self, conversation: str, task: "asyncio.Task[None]") -> None:
        del self._busy[conversation]
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._failed.append(error)

    async def _step(self, conversation: str) -> None:
        """An exchange with its statuses, or a hand-over."""
        state = self.states[conversation]
        if self.rng.random() < 0.2:
            agent = self.rng.choice(["", "ann", "bob"])
            await self._change(state, agent)
        else:
            await self._exchange(state)

    async def _change(self, state: Conversation, agent: str) -> None:
        changed = msgspec.structs.replace(state, assigned_to=agent, mode=Mode.HUMAN if agent else Mode.BOT)
        await self._save(changed, "change")
        await self._publish(state.id, EventKind.CONVERSATION_UPDATED, None, changed.mode.value)

    async def _exchange(self, state: Conversation) -> None:
        message = self.question(state)
        changed = msgspec.structs.replace(state, turn=state.turn + 1, last_inbound_at=message.created_at)
        await self._save(changed, message.id)
        published = asyncio.create_task(self._publish(state.id, EventKind.MESSAGE_RECEIVED, message.id))
        await asyncio.sleep(self.rng.random() * self.early)
        stored = InboundMessages(self.mongo, self.workspace)
        await stored.add(message, turn=changed.turn, decision="faq", routed_at=message.created_at)
        await published
        await self._answer(changed, message)

    async def _answer(self, state: Conversation, message: InboundMessage) -> None:
        answer = self._outbound(state, message)
        outbound, now = OutboundMessages(self.mongo, self.workspace), SystemClock().now()
        provider_id = f"out.{answer.id}"
        await outbound.claim(answer, "bench", now)
        await outbound.record_accepted(answer.id, "bench", provider_id, now)
        await self._publish(state.id, EventKind.MESSAGE_SENT, answer.id)
        for place, status in enumerate(_STATUSES[: self.rng.randrange(1, 4)]):
            reported = InboundStatus(
                id=ids.status_id(self.workspace, "meta", provider_id, status),
                workspace=self.workspace,
                correlation_id=answer.correlation_id,
                created_at=now + timedelta(milliseconds=place),
                provider=Provider.META,
                channel="main",
                provider_message_id=provider_id,
                status=status,
                occurred_at=now,
                outbound_id=answer.id,
            )
            await outbound.status(reported)
            await self._publish(state.id, EventKind.MESSAGE_STATUS, answer.id, status.value)

    async def _save(self, state: Conversation, cause: str) -> None:
        before = self.states.get(state.id)
        version = before.version if before else 0
        saved = msgspec.structs.replace(state, version=version + 1)
        decision = RecordedDecision(cause=f"{cause}:{version}", turn=state.turn, decision="bench")
        await Conversations(self.mongo, self.workspace).save(saved, version, decision)
        self.states[state.id] = saved

    async def _publish(self, conversation: str, kind: EventKind, message: str | None, detail: str = "") -> None:
        self.events += 1
        event = ConversationEvent(
            id=ids.derived_id("bench", self.workspace, str(self.events)),
            workspace=self.workspace,
            correlation_id=ids.correlation_id(str(self.events)),
            created_at=SystemClock().now(),
            kind=kind,
            conversation_id=conversation,
            message_id=message,
            detail=detail,
        )
        while True:
            try:
                await self.producer.send([to_record(CONVERSATION_EVENTS, event, lane=conversation)])
            except DependencyAway:
                continue  # as a redelivered record would; a repeated event is harmless
            return

    def question(self, state: Conversation) -> InboundMessage:
        """Return a new message of the customer, which is not stored."""
        self._numbers += 1
        provider_id = f"wamid.{self.workspace}.{self._numbers}"
        id_ = ids.message_id(self.workspace, "meta", provider_id)
        now = SystemClock().now()
        return InboundMessage(
            id=id_,
            workspace=self.workspace,
            correlation_id=ids.correlation_id(id_),
            created_at=now,
            provider=Provider.META,
            provider_message_id=provider_id,
            channel="main",
            conversation_id=state.id,
            sender=Sender(identity=f"+{state.address}", address=state.address),
            content=Text(body=f"question {self._numbers}"),
            sent_at=now,
        )

    def _outbound(self, state: Conversation, message: InboundMessage) -> OutboundMessage:
        return OutboundMessage(
            id=ids.output_id(message.id, "faq"),
            workspace=self.workspace,
            correlation_id=message.correlation_id,
            created_at=SystemClock().now(),
            provider=Provider.META,
            channel="main",
            conversation_id=state.id,
            customer_id=state.customer_id,
            address=state.address,
            body=TextBody(body=f"answer {self._numbers}"),
            author=Author.FAQ,
            cause=message.id,
            turn=state.turn,
        )
