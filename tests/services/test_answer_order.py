"""Scripted answers of the router stay behind a model's answer, however long that takes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.router.worker import Router
from shared.clock import FixedClock
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.repositories.conversations import Conversations
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.services.builders import FAQS, NOW, inbound


@pytest.fixture
async def producer(bootstrap: str) -> AsyncIterator[KafkaProducer]:
    producer = KafkaProducer(Brokers(bootstrap), "test")
    await producer.start()
    yield producer
    await producer.stop()


async def test_answer_of_the_router_never_overtakes_a_models_answer(mongo: Mongo, producer: KafkaProducer) -> None:
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1}
    )
    clock = FixedClock(NOW)
    router = Router(mongo, Workspaces(mongo, clock), producer, clock)
    conversations = Conversations(mongo, "acme")
    asked = inbound("tell me a story", number=1)

    async def topic_of_answer_to(number: int) -> str:
        message = inbound("What are your opening hours?", number=number)
        await router.on_message(message)
        _, recorded = await conversations.load(message.conversation_id, message.id)
        assert recorded is not None
        topics = [output.topic for output in recorded.outputs]
        return "through ai" if "ai.requests" in topics else "straight"

    await router.on_message(asked)
    ways = []
    for number in (2, 3, 4):
        clock.advance(300)
        ways.append(await topic_of_answer_to(number))
    assert ways == ["through ai"] * 3, "nothing has come out of the AI service yet"
    await OutboundMessages(mongo, "acme").claim(_answer(asked.conversation_id, turn=4), "a", clock.now())
    clock.advance(61)
    assert await topic_of_answer_to(5) == "straight"


def _answer(conversation_id: str, *, turn: int) -> OutboundMessage:
    return OutboundMessage(
        id="answer",
        workspace="acme",
        correlation_id="0" * 32,
        created_at=NOW + timedelta(seconds=1),
        provider=Provider.META,
        channel="main",
        conversation_id=conversation_id,
        customer_id="c",
        address="2348030000001",
        body=TextBody(body="9 to 5."),
        author=Author.FAQ,
        cause="cause",
        turn=turn,
    )
