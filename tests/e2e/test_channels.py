"""Refused, throttled and unreachable channels: their messages wait, those of other channels do not."""

import pytest

from shared.repositories.channel_states import ChannelStates
from shared.storage.mongo import Document
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World

ANSWER = FAQS["Where are you?"]


async def _wait_held(world: World, shop: Shop, count: int) -> list[Json]:
    async def look() -> list[Json] | None:
        found = await world.stored(shop, "outbound").find({"state": "held"})
        return found if len(found) == count else None

    return await until(look, f"{count} messages are held")


async def _channel_stopped(world: World, shop: Shop) -> bool:
    return any(one.workspace == shop.workspace for one in await ChannelStates(world.mongo).stopped())


async def test_expired_token_stops_the_channel_until_a_new_one_is_applied(world: World) -> None:
    shop, ada, bo, cy = await world.shop(), phone(), phone(), phone()
    renewed = await world.replace_token(shop, apply=False)
    await world.write(shop, ada, "Where are you?")
    (held,) = await _wait_held(world, shop, 1)
    assert held["error"]["code"] == "190"
    assert await _channel_stopped(world, shop)
    for text in ("Where are you?", "How can I pay?"):
        await world.write(shop, bo, text)
    await world.write(shop, ada, "Do you deliver?")
    await _wait_held(world, shop, 4)
    assert [len(await world.attempts(customer)) for customer in (ada, bo)] == [1, 0], "no attempt after the first"
    assert await world.metric("delivery", r'parley_channel_stops_total\{code="190",provider="meta"\}') >= 1
    await until(lambda: _channels_stopped_gauge(world, 1), "the gauge of the alert is 1")
    await world.write_twilio(shop, cy, "Where are you?")  # the other channel of the workspace works
    assert [answer["text"] for answer in await world.answers(cy)] == [ANSWER]

    await world.reapply(renewed)
    assert [answer["text"] for answer in await world.answers(ada, 2)] == [ANSWER, FAQS["Do you deliver?"]]
    assert [answer["text"] for answer in await world.answers(bo, 2)] == [ANSWER, FAQS["How can I pay?"]]
    for customer in (ada, bo):
        assert len(await world.settled_answers(shop, customer)) == 2
    assert not await _channel_stopped(world, shop)
    await until(lambda: _all_sent(world, shop), "all are sent")


async def _channels_stopped_gauge(world: World, least: int) -> bool:
    return await world.metric("delivery", r'parley_channels_stopped\{provider="meta"\}') >= least


async def _all_sent(world: World, shop: Shop) -> bool:
    return not await world.stored(shop, "outbound").find({"state": {"$ne": "sent"}})


async def test_operator_resumes_a_stopped_channel(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "error", "code": 131042}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await _wait_held(world, shop, 1)
    assert await ChannelStates(world.mongo).request_resume(shop.workspace, "main")
    assert [answer["text"] for answer in await world.answers(ada)] == [ANSWER]
    assert len(await world.settled_answers(shop, ada)) == 1


async def test_channel_failure_reported_by_a_status_holds_the_message(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "error", "code": 131042, "asynchronous": True}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await _wait_held(world, shop, 1)
    await ChannelStates(world.mongo).request_resume(shop.workspace, "main")
    sent = await world.outbound_when(shop, lambda it: it["status"] == "read")
    assert (sent["state"], len(sent["superseded"])) == ("sent", 1)
    assert len(await world.attempts(ada)) == 2


async def test_transient_failure_reported_by_a_status_is_retried(world: World) -> None:
    """Twilio reports it as 63018, maybe more than once, and may report the old id again."""
    shop, ada, bo = await world.shop(), phone(), phone()
    await world.script("twilio", {"kind": "error", "code": 63018, "asynchronous": True}, to=ada)
    await world.script("meta", {"kind": "error", "code": 131016, "asynchronous": True}, to=bo, kind="message")
    async with world.simulator_settings(meta={"duplicates": 2}, twilio={"duplicates": 2}):
        await world.write_twilio(shop, ada, "Where are you?")
        await world.write(shop, bo, "Where are you?")
        await _assert_sent_again(world, shop, ada, shop.twilio_conversation(ada))
        read = await _assert_sent_again(world, shop, bo, shop.meta_conversation(bo))
    first, second = [record["id"] for record in await world.attempts(bo)]
    await world.status_webhook(shop, {"id": first, "to": bo, "opaque": read["_id"]}, "sent", "delivered")
    assert len(await world.settled_answers(shop, bo)) == 2
    stored = await world.outbound(shop, read["_id"])
    assert (stored["state"], stored["status"], stored["provider_message_id"]) == ("sent", "read", second)


async def _assert_sent_again(world: World, shop: Shop, customer: str, conversation: str) -> Document:
    read = await world.outbound_when(shop, lambda it: it["status"] == "read", conversation_id=conversation)
    assert (read["state"], len(read["superseded"]), read["possible_duplicate"]) == ("sent", 1, False)
    assert len(await world.attempts(customer)) == 2
    return read


async def test_permanent_failure_reported_by_a_status_is_a_dead_letter(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "error", "code": 131026, "asynchronous": True}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert (letter["reason"], letter["detail"].split(":")[0]) == ("send_rejected", "131026")
    assert (await world.outbound_when(shop, lambda it: it["state"] == "failed"))["status"] == "failed"
    assert len(await world.settled_answers(shop, ada)) == 1


async def test_throttled_customer_delays_no_other_customer(world: World) -> None:
    shop, ada, bo = await world.shop(), phone(), phone()
    await world.script("meta", {"kind": "error", "code": 131056}, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await world.outbound_when(shop, lambda it: it["state"] == "waiting")
    await world.write(shop, ada, "How can I pay?")
    await world.write(shop, bo, "Where are you?")
    (other,) = await world.answers(bo)
    refused, first, second = await _wait_attempts(world, ada, 3)
    assert [it["accepted"] for it in (refused, first, second)] == [False, True, True]
    assert [first["text"], second["text"]] == [ANSWER, FAQS["How can I pay?"]]
    assert first["at"] - refused["at"] >= 4
    assert other["at"] < first["at"]


async def _wait_attempts(world: World, customer: str, count: int) -> list[Json]:
    async def look() -> list[Json] | None:
        found = await world.attempts(customer)
        return found if len(found) >= count else None

    return await until(look, f"{count} attempts")


async def _all_waiting(world: World, shop: Shop, count: int) -> bool:
    found = await world.stored(shop, "outbound").find({"state": "waiting"})
    return len(found) == count


@pytest.mark.parametrize("lost", [{"kind": "reset_after_accept"}, {"kind": "timeout", "seconds": 30}], ids=str)
async def test_message_in_doubt_can_be_held_instead_of_sent_again(world: World, lost: Json) -> None:
    shop, ada = await world.shop(profile={"in_doubt": "hold"}), phone()
    async with world.simulator_settings(meta={"statuses": []}):
        await world.script("meta", lost, to=ada, kind="message")
        await world.write(shop, ada, "Where are you?")
        failed = await world.outbound_when(shop, lambda it: it["state"] == "failed")
    assert failed["error"]["code"] == "in_doubt"
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert letter["reason"] == "in_doubt"
    assert len(await world.settled_answers(shop, ada)) == 1
    assert await world.metric("delivery", r'parley_in_doubt_total\{outcome="held"\}') >= 1


async def test_late_status_settles_a_message_held_in_doubt(world: World) -> None:
    shop, ada = await world.shop(profile={"in_doubt": "hold"}), phone()
    async with world.simulator_settings(meta={"statuses": []}):
        await world.script("meta", {"kind": "reset_after_accept"}, to=ada, kind="message")
        await world.write(shop, ada, "Where are you?")
        failed = await world.outbound_when(shop, lambda it: it["state"] == "failed")
    (sent,) = await world.answers(ada)
    await world.status_webhook(shop, sent, "sent")
    stored = await world.outbound_when(shop, lambda it: it["status"] == "sent")
    assert (stored["_id"], stored["state"]) == (failed["_id"], "sent")


async def test_order_is_kept_while_the_first_message_of_a_conversation_waits(world: World) -> None:
    """The FAQ's later answers exist long before the first one may be sent."""
    shop, ada = await world.shop(), phone()
    questions = list(FAQS)
    await world.script("meta", {"kind": "error", "code": 131056}, times=2, to=ada, kind="message")
    for question in questions:
        await world.write(shop, ada, question)
    answers = await world.answers(ada, len(questions), within=60)
    assert [answer["text"] for answer in answers] == [FAQS[question] for question in questions]
