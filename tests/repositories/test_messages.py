"""Inbound messages, customers and the model's calls: doing it again changes nothing."""

import asyncio

from shared.domain.conversation import RecordedOutput
from shared.messages.content import Choice, ChoiceKind, Content, Location, Media, MediaKind
from shared.messages.inbound import Sender
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, PHONE, inbound, later


async def test_message_is_stored_once_and_stays_known(mongo: Mongo) -> None:
    messages = InboundMessages(mongo, "acme")
    assert not await messages.is_stored(inbound().id)
    await messages.add(inbound(), turn=1, decision="faq", routed_at=NOW)
    await messages.add(inbound(), turn=2, decision="ai", routed_at=later(5))
    assert await messages.is_stored(inbound().id)
    (heard,) = await messages.last_messages(inbound().conversation_id, up_to_turn=9, limit=10)
    assert (heard.turn, heard.text, heard.received_at) == (1, "message 1", later(1))


async def test_last_messages_are_returned_oldest_first(mongo: Mongo) -> None:
    messages = InboundMessages(mongo, "acme")
    contents: dict[int, Content] = {
        3: Media(kind=MediaKind.IMAGE, media_id="7", caption="my order"),
        4: Choice(kind=ChoiceKind.BUTTON, id="yes", title="Yes please"),
        5: Location(latitude=6.5, longitude=3.4),
    }
    for number in (5, 1, 3, 2, 4, 6):
        message = inbound(number, content=contents.get(number))
        await messages.add(message, turn=number, decision="ai", routed_at=NOW)
    heard = await messages.last_messages(inbound().conversation_id, up_to_turn=5, limit=4)
    assert [(one.turn, one.text) for one in heard] == [(2, "message 2"), (3, "my order"), (4, "Yes please"), (5, "")]
    assert heard[3].content == {"type": "location", "latitude": 6.5, "longitude": 3.4}


async def test_customer_is_created_once_and_updated(mongo: Mongo) -> None:
    """Fields that the provider leaves out are kept; a late message does not turn the clock back."""
    customers = Customers(mongo, "acme")
    await customers.record_contact("u1", inbound(1), later(10))
    anonymous = Sender(identity=PHONE, address=PHONE[1:], username="ada.l")
    await customers.record_contact("u1", inbound(2, sender=anonymous), later(5))
    found = await customers.get("u1")
    assert found is not None
    assert (found["phone"], found["name"], found["username"]) == (PHONE, "Ada", "ada.l")
    assert (found["first_seen_at"], found["last_contacted_at"]) == (later(10), later(10))
    assert found["lead_source"]["source_id"] == "77"
    assert found["conversations"] == [inbound().conversation_id]


async def test_customer_without_name_or_number_is_stored(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    await customers.record_contact("u2", inbound(2, sender=Sender(identity="bsuid:x", address="x")), NOW)
    found = await customers.get("u2")
    assert found is not None
    assert found["identities"] == ["bsuid:x"]


async def test_concurrent_messages_create_one_customer(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    await asyncio.gather(*(customers.record_contact("u1", inbound(number), later(number)) for number in range(1, 17)))
    found = await customers.get("u1")
    assert found is not None
    assert found["last_contacted_at"] == later(16)
    assert len(await mongo.collection("customers").find({})) == 1


async def test_model_call_is_stored_once(mongo: Mongo) -> None:
    call = AiCall(
        id="r1",
        workspace="acme",
        conversation_id="c1",
        correlation_id="0" * 32,
        turn=1,
        outputs=(RecordedOutput("outbound.messages", b"acme", b'{"body":"hi"}'),),
        requested_at=NOW,
        started_at=NOW,
        finished_at=later(2),
        model="claude-haiku-5-5",
        outcome="answered",
        attempts=1,
        input_tokens=900,
    )
    calls = AiCalls(mongo, "acme")
    await calls.add(call)
    await calls.add(call)
    assert await calls.kept("r1") == call
    assert await calls.kept("r2") is None
    assert await calls.last("c1", before_turn=2, limit=5) == list(call.outputs)
    assert await calls.last("c1", before_turn=1, limit=5) == []
    stored = await mongo.collection("ai_calls").find({"workspace": "acme"})
    assert [(one["_id"], one["input_tokens"], one["finished_at"]) for one in stored] == [("r1", 900, later(2))]
