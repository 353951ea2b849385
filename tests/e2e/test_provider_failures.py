"""Provider failures: a message is sent once, or fails with the provider's reason."""

import json

import pytest

from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.world import World

ANSWER = FAQS["Where are you?"]
# The provider has accepted the message, but its response does not arrive.
LOST_ANSWERS: dict[str, Json] = {
    "the connection is cut": {"kind": "reset_after_accept"},
    "the provider is silent": {"kind": "timeout", "seconds": 30},
}


async def _ask(world: World) -> tuple[Shop, str]:
    return await world.shop(), phone()


@pytest.mark.parametrize("wait", [1.5, 4.0], ids=["kept in its place", "put off"])
async def test_retry_after_is_honoured(world: World, wait: float) -> None:
    shop, ada = await _ask(world)
    await world.script("meta", {"kind": "throttle", "retry_after": wait}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    refused, sent = await world.attempts(ada)
    assert (refused["accepted"], sent["accepted"]) == (False, True)
    assert sent["at"] - refused["at"] >= wait
    assert len(await world.settled_answers(shop, ada)) == 1


async def test_undeliverable_message_fails_with_the_providers_reason(world: World) -> None:
    shop, ada = await _ask(world)
    await world.script("meta", {"kind": "error", "code": 131026}, times=None, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    failed = await world.outbound_when(shop, lambda it: it["state"] == "failed")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "131026")
    assert failed["error"]["title"]
    assert len(await world.attempts(ada)) == 1
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert (letter["reason"], letter["replay_topic"]) == ("send_rejected", "outbound.messages")
    assert "131026" in letter["detail"]
    (event,) = await _events(world, shop, "message.failed")
    assert event["message_id"] == failed["_id"]
    assert event["detail"].startswith("131026")


async def test_failed_status_stores_the_providers_reason(world: World) -> None:
    shop, ada = await _ask(world)
    await world.script("meta", {"kind": "error", "code": 131026, "asynchronous": True}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    failed = await world.outbound_when(shop, lambda it: it["status"] == "failed")
    assert failed["error"]["code"] == "131026"
    assert len(await world.settled_answers(shop, ada)) == 1


async def test_transient_failure_is_retried_until_the_message_is_sent(world: World) -> None:
    shop, ada = await _ask(world)
    await world.script("meta", {"kind": "status", "status": 500}, times=2, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    assert [attempt["accepted"] for attempt in await world.attempts(ada)] == [False, False, True]
    assert len(await world.settled_answers(shop, ada)) == 1


@pytest.mark.parametrize("lost", LOST_ANSWERS, ids=str)
async def test_status_settles_a_message_in_doubt_without_sending_it_again(world: World, lost: str) -> None:
    shop, ada = await _ask(world)
    await world.script("meta", LOST_ANSWERS[lost], to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    sent = await world.outbound_when(shop, lambda it: it["status"] == "read")
    assert (sent["state"], bool(sent.get("possible_duplicate"))) == ("sent", False)
    assert [answer["text"] for answer in await world.settled_answers(shop, ada)] == [ANSWER]


@pytest.mark.parametrize("lost", LOST_ANSWERS, ids=str)
async def test_message_in_doubt_without_a_status_is_sent_again_and_marked(world: World, lost: str) -> None:
    shop, ada = await _ask(world)
    async with world.simulator_settings(meta={"statuses": []}):
        await world.script("meta", LOST_ANSWERS[lost], to=ada, kind="message")
        await world.write(shop, ada, "Where are you?")
        sent = await world.outbound_when(shop, lambda it: it["state"] == "sent")
    assert sent["possible_duplicate"]
    first, second = await world.settled_answers(shop, ada)
    assert first["opaque"] == second["opaque"] == sent["_id"]
    assert second["at"] - first["at"] >= float(world.stack.env["IN_DOUBT_GRACE"])


async def test_message_in_doubt_is_sent_at_most_twice(world: World) -> None:
    async with world.simulator_settings(meta={"statuses": []}):
        shop, ada = await _ask(world)
        await world.script("meta", {"kind": "reset_after_accept"}, times=None, to=ada, kind="message")
        await world.write(shop, ada, "Where are you?")
        failed = await world.outbound_when(shop, lambda it: it["state"] == "failed")
    assert (failed["error"]["code"], failed["possible_duplicate"]) == ("in_doubt", True)
    assert len(await world.attempts(ada)) == 2
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert "did not answer, twice" in letter["detail"]


async def test_parts_of_a_long_answer_keep_their_order_when_the_first_is_delayed(world: World) -> None:
    shop, ada, asked = await world.shop(), phone(), word()
    first, last = "first. " * 200, "last. " * 150  # longer than a Twilio message
    await world.script("anthropic", {"kind": "answer", "text": first + last}, text_contains=asked)
    await world.script("twilio", {"kind": "throttle", "retry_after": 4}, to=ada)
    await world.write_twilio(shop, ada, f"tell me about {asked}")
    one, two = await world.answers(ada, 2)
    assert one["text"].startswith("first.")
    assert two["text"].endswith("last.")


async def test_twilio_sends_are_retried_and_settled_by_callbacks(world: World) -> None:
    shop, ada, bo = await world.shop(), phone(), phone()
    await world.script("twilio", {"kind": "throttle", "retry_after": 1}, to=ada)
    await world.script("twilio", {"kind": "reset_after_accept"}, to=bo)
    await world.write_twilio(shop, ada, "Where are you?")
    await world.write_twilio(shop, bo, "Where are you?")
    for customer in (ada, bo):
        conversation = shop.twilio_conversation(customer)
        read = await world.outbound_when(shop, lambda it: it["status"] == "read", conversation_id=conversation)
        assert not read.get("possible_duplicate")
        assert [answer["text"] for answer in await world.answers(customer)] == [ANSWER]


async def test_all_records_of_an_exchange_carry_one_trace(world: World) -> None:
    shop, ada = await _ask(world)
    await world.write(shop, ada, "do you have coasters?")
    read = await world.outbound_when(shop, lambda it: it["status"] == "read")
    conversation = read["conversation_id"].encode()
    for topic in ("inbound.messages", "ai.requests", "outbound.messages", "conversation.events"):
        records = await world.topic(topic, lambda record: conversation in record.value)
        for record in records:
            message: Json = json.loads(record.value)
            parent = (record.header("traceparent") or b"").decode().split("-")
            assert (message["correlation_id"], parent[1]) == (read["correlation_id"],) * 2, (topic, message)
    kinds = [event["detail"] for event in await _events(world, shop, "message.status")]
    assert kinds[-1] == "read"
    assert kinds == [kind for kind in ("sent", "delivered", "read") if kind in kinds], "those of a batch are one event"


async def _events(world: World, shop: Shop, kind: str, count: int = 1) -> list[Json]:
    start = f'"workspace":"{shop.workspace}"'.encode()
    records = await world.topic(
        "conversation.events", lambda it: start in it.value and f'"kind":"{kind}"'.encode() in it.value, count
    )
    return [json.loads(record.value) for record in records]
