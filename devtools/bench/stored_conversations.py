"""Conversations with a past, stored as router and delivery store them, and what the router asks of ai about them."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from devtools.bench.corpus import complaint
from devtools.bench.kafka_exchange import CHANNEL, inbound_message, new_customers
from shared.domain import ids
from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.kafka.codec import encode
from shared.messages.ai import AiRequest
from shared.messages.inbound import InboundMessage, Provider
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.topics import AI_REQUESTS

_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSet:
    """run: makes all of it different from that of other runs. turns: of each conversation, before it asks again."""

    run: str
    workspaces: int
    turns: int


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """A request, and the word that its question ends with, which no other question has."""

    request: AiRequest
    word: str


async def store_conversations(
    env: Mapping[str, str], past: ConversationSet, *, count: int, speakers: int
) -> list[BenchRequest]:
    """Store conversations of so many customers and so many questions, asked in turn; the requests to write."""
    rng = random.Random(past.run)
    customers = new_customers(rng, speakers)
    numbers = itertools.count()
    turns = past.turns + -(-count // speakers)
    said = [
        _StoredTurn.make(past, rng, who, customers[who], turn, next(numbers))
        for turn in range(turns)
        for who in range(speakers)
    ]
    before, asked = said[: past.turns * speakers], said[past.turns * speakers :][:count]
    async with _mongo(env) as mongo:
        await _each(turn.heard(mongo) for turn in (*before, *asked))
        await _each(turn.answered(mongo) for turn in before)
        last = before[-speakers:] if before else []
        await _each(turn.conversation(mongo, _recorded(before, number, speakers)) for number, turn in enumerate(last))
    return [BenchRequest(turn.request, turn.word) for turn in asked]


def _recorded(before: list["_StoredTurn"], who: int, speakers: int) -> RecordedDecision:
    """What the router keeps of its last decision: there are as many outputs as there were turns."""
    turns = before[who::speakers]
    outputs = tuple(
        RecordedOutput(AI_REQUESTS.name, turn.message.workspace.encode(), encode(turn.request)) for turn in turns
    )
    last = turns[-1]
    return RecordedDecision(cause=last.message.id, turn=last.request.turn, decision="ai", outputs=outputs)


@dataclass(frozen=True, slots=True)
class _StoredTurn:
    """A customer's message and the request that it led to."""

    message: InboundMessage
    request: AiRequest
    word: str

    @classmethod
    def make(
        cls, past: ConversationSet, rng: random.Random, who: int, customer: str, turn: int, number: int
    ) -> "_StoredTurn":
        text, word = complaint(rng, number)
        message = inbound_message(f"bench-{who % past.workspaces}", customer, f"{past.run}.{who}.{turn}", text)
        return cls(message, _request(message, customer, turn + 1), word)

    async def heard(self, mongo: Mongo) -> None:
        """The router stored the message."""
        messages = InboundMessages(mongo, self.message.workspace)
        await messages.add(self.message, turn=self.request.turn, decision="ai", routed_at=datetime.now(UTC))

    async def answered(self, mongo: Mongo) -> None:
        """Delivery took the answer."""
        answer = _answer(self.request)
        await OutboundMessages(mongo, self.message.workspace).claim(answer, "bench", datetime.now(UTC))

    async def conversation(self, mongo: Mongo, recorded: RecordedDecision) -> None:
        """The router stored the conversation and the customer."""
        request, workspace = self.request, self.message.workspace
        state = Conversation(
            id=request.conversation_id,
            workspace=workspace,
            channel=CHANNEL,
            provider=Provider.META.value,
            customer_id=request.customer_id,
            address=request.address,
            turn=request.turn,
            version=1,
            last_inbound_at=self.message.created_at,
        )
        await Conversations(mongo, workspace).save(state, 0, recorded)
        await Customers(mongo, workspace).record_contact(request.customer_id, self.message, self.message.created_at)


def _request(message: InboundMessage, customer: str, turn: int) -> AiRequest:
    return AiRequest(
        id=ids.output_id(message.id, "ai"),
        workspace=message.workspace,
        correlation_id=message.correlation_id,
        created_at=message.created_at,
        provider=message.provider,
        channel=message.channel,
        conversation_id=message.conversation_id,
        customer_id=ids.customer_id(message.workspace, customer),
        address=message.sender.address,
        message_ids=(message.id,),
        turn=turn,
        received_at=message.created_at,
    )


def _answer(request: AiRequest) -> OutboundMessage:
    return OutboundMessage(
        id=ids.output_id(request.id, "answer"),
        workspace=request.workspace,
        correlation_id=request.correlation_id,
        created_at=request.created_at,
        provider=request.provider,
        channel=request.channel,
        conversation_id=request.conversation_id,
        customer_id=request.customer_id,
        address=request.address,
        body=TextBody(body="Thank you for telling us. A colleague looks into it and comes back to you today."),
        author=Author.AI,
        cause=request.id,
        turn=request.turn,
        received_at=request.received_at,
    )


async def _each(work: Iterable[Awaitable[None]]) -> None:
    """All of it, some at a time."""
    waiting = iter(work)
    while part := list(itertools.islice(waiting, _AT_ONCE)):
        await asyncio.gather(*part)


@asynccontextmanager
async def _mongo(env: Mapping[str, str]) -> AsyncIterator[Mongo]:
    mongo = Mongo(env["MONGODB_URI"], env["MONGODB_DATABASE"], env.get("MONGODB_DRIVER", "motor"))
    try:
        yield mongo
    finally:
        await mongo.close()
