"""A request to a model has the customer's message in it, as it may be read before the router has stored the message."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.errors import DependencyAway
from shared.kafka.records import NewRecord
from shared.messages.ai import AiRequest
from shared.messages.content import Text
from shared.messages.inbound import InboundMessage
from shared.repositories.conversations import Conversations
from shared.repositories.inbound import InboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.topics import AI_REQUESTS
from tests.services.ai_replica import AiReplica, store_workspace
from tests.services.builders import NOW, inbound

QUESTION, CONVERSATION = "Which coaster suits a beach bar?", ids.conversation_id("acme", "main", "+2348030000001")


class Requests:
    """A producer that keeps the requests to models."""

    def __init__(self) -> None:
        self.sent: list[AiRequest] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        requests = [record.value for record in records if record.topic == AI_REQUESTS.name]
        self.sent += [msgspec.json.decode(value, type=AiRequest) for value in requests]


class Business:
    """A workspace whose questions go to a model, and its router."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo, self.clock, self.requests = mongo, FixedClock(NOW), Requests()
        self.messages = InboundMessages(mongo, "acme")
        self.router = self.restarted_router()

    def restarted_router(self) -> Router:
        return Router(self.mongo, Workspaces(self.mongo, self.clock), self.requests, self.clock)

    async def receive(self, number: int, router: Router | None = None) -> InboundMessage:
        self.clock.advance(120)
        message = inbound(f"{QUESTION} ({number})", number=number, at=self.clock.now())
        await (router or self.router).on_message(message)
        return message

    async def stored(self) -> list[str]:
        found = await self.messages.last_messages(CONVERSATION, up_to_turn=9, limit=9)
        return [one.id for one in found]


@pytest.fixture
async def acme(mongo: Mongo) -> Business:
    await store_workspace(mongo, debounce_ms=0)
    return Business(mongo)


def text_of(request: AiRequest) -> str:
    assert request.message is not None
    assert isinstance(request.message.content, Text)
    return request.message.content.body


async def test_request_has_the_message_and_the_stored_decision_has_not(acme: Business) -> None:
    await acme.receive(1)
    second = await acme.receive(2)
    request = acme.requests.sent[-1]
    assert request.message is not None
    assert (request.message.id, request.message.id) == (second.id, request.message_ids[-1])
    assert text_of(request) == f"{QUESTION} (2)"
    decisions = await Conversations(acme.mongo, "acme").recent_decisions(CONVERSATION)
    kept = [output.value for output in decisions[-1].outputs if output.topic == AI_REQUESTS.name]
    assert kept
    assert QUESTION.encode() not in kept[0], "a deleted message would still be readable there"


async def test_router_that_dies_between_the_request_and_the_message_has_one_answer_to_it(
    acme: Business, mongo: Mongo, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record was not committed: the redelivered one stores the message and publishes the same request."""
    await acme.receive(1)
    add = InboundMessages.add

    async def die(self: InboundMessages, *arguments: Any, **named: Any) -> bool:
        raise DependencyAway("mongodb")

    monkeypatch.setattr(InboundMessages, "add", die)
    acme.clock.advance(120)
    second = inbound(f"{QUESTION} (2)", number=2, at=acme.clock.now())
    with pytest.raises(DependencyAway):
        await acme.router.on_message(second)
    monkeypatch.setattr(InboundMessages, "add", add)
    assert second.id not in await acme.stored()
    replica = AiReplica(mongo, redis, acme.clock)
    await replica.handler.on_request(acme.requests.sent[-1])
    assert f"{QUESTION} (2)" in str(replica.vendor.prompts[-1].turns[-1]), "the model is asked the question"
    await acme.restarted_router().on_message(second)
    await acme.restarted_router().on_message(second)
    assert (await acme.stored()).count(second.id) == 1
    assert len({request.id for request in acme.requests.sent}) == 2
    for request in acme.requests.sent[1:]:
        await replica.handler.on_request(request)
    assert len(replica.vendor.calls) == 1, "it is paid once"
    assert len(set(replica.producer.texts)) == len(set(replica.producer.ids)) == 1
