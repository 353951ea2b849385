"""Store conversations with a history, as router and delivery do, and make the requests to ai about them."""

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

_CONCURRENT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSet:
    """Conversations with histories, stored before a run. run: name that makes all ids differ from other runs'. turns:
    history of each conversation.
    """

    run: str
    workspaces: int
    turns: int


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """A request to ai, and the unique word at the end of its question."""

    request: AiRequest
    word: str


async def store_conversations(
    env: Mapping[str, str], conversations: ConversationSet, *, count: int, customers: int
) -> list[BenchRequest]:
    """Store conversations of `customers` customers and `count` further questions; return the requests to write."""
    rng = random.Random(conversations.run)
    phones = new_customers(rng, customers)
    numbers = itertools.count()
    turns = conversations.turns + -(-count // customers)
    stored = [
        _StoredTurn.make(conversations, rng, who, phones[who], turn, next(numbers))
        for turn in range(turns)
        for who in range(customers)
    ]
    history, questions = stored[: conversations.turns * customers], stored[conversations.turns * customers :][:count]
    async with _mongo(env) as mongo:
        await _await_all(turn.store_inbound(mongo) for turn in (*history, *questions))
        await _await_all(turn.store_answer(mongo) for turn in history)
        last = history[-customers:] if history else []
        await _await_all(
            turn.store_conversation(mongo, _recorded(history, number, customers)) for number, turn in enumerate(last)
        )
    return [BenchRequest(turn.request, turn.word) for turn in questions]


def _recorded(history: list["_StoredTurn"], who: int, customers: int) -> RecordedDecision:
    """Return the router's recorded last decision, with one output per turn."""
    turns = history[who::customers]
    outputs = tuple(
        RecordedOutput(AI_REQUESTS.name, turn.message.workspace.encode(), encode(turn.request)) for turn in turns
    )
    last = turns[-1]
    return RecordedDecision(cause=last.message.id, turn=last.request.turn, decision="ai", outputs=outputs)


@dataclass(frozen=True, slots=True)
class _StoredTurn:
    """A customer's message and the request that it caused."""

    message: InboundMessage
    request: AiRequest
    word: str

    @classmethod
    def make(
        cls, conversations: ConversationSet, rng: random.Random, who: int, customer: str, turn: int, number: int
    ) -> "_StoredTurn":
        text, word = complaint(rng, number)
        message = inbound_message(
            f"bench-{who % conversations.workspaces}", customer, f"{conversations.run}.{who}.{turn}", text
        )
        return cls(message, _request(message, customer, turn + 1), word)

    async def store_inbound(self, mongo: Mongo) -> None:
        """Store the message as the router does."""
        messages = InboundMessages(mongo, self.message.workspace)
        await messages.add(self.message, turn=self.request.turn, decision="ai", routed_at=datetime.now(UTC))

    async def store_answer(self, mongo: Mongo) -> None:
        """Store the answer as delivery does."""
        answer = _answer(self.request)
        await OutboundMessages(mongo, self.message.workspace).claim(answer, "bench", datetime.now(UTC))

    async def store_conversation(self, mongo: Mongo, recorded: RecordedDecision) -> None:
        """Store conversation and customer as the router does."""
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


async def _await_all(work: Iterable[Awaitable[None]]) -> None:
    """Await all, in batches."""
    waiting = iter(work)
    while part := list(itertools.islice(waiting, _CONCURRENT)):
        await asyncio.gather(*part)


@asynccontextmanager
async def _mongo(env: Mapping[str, str]) -> AsyncIterator[Mongo]:
    mongo = Mongo(env["MONGODB_URI"], env["MONGODB_DATABASE"], env.get("MONGODB_DRIVER", "motor"))
    try:
        yield mongo
    finally:
        await mongo.close()
