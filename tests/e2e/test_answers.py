"""Every message is answered once, by the FAQ, a model or an agent, through the number it came to."""

import asyncio
import time
from pathlib import Path

from devtools.simulators.anthropic import text_of
from devtools.simulators.webhooks import MetaItem, MetaNumber, meta_message, meta_status, meta_webhook, wamid
from shared.messages.commands import ReturnToBot
from tests.cli.runner import DEMO, parley
from tests.e2e.shop import FAQS, HANDED_OFF, phone, word
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def test_faq_answers_through_meta(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "what are your opening hours")
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["What are your opening hours?"]
    assert (answer["provider"], answer["phone_number_id"]) == ("meta", shop.number.phone_number_id)


async def test_faq_answers_through_twilio(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write_twilio(shop, ada, "what are your opening hours")
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["What are your opening hours?"]
    assert (answer["provider"], answer["from"]) == ("twilio", f"whatsapp:{shop.twilio}")


async def test_model_answers_what_the_faq_does_not_and_remembers_the_conversation(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "do you have coasters?")
    (first,) = await world.answers(ada)
    assert "1) Oak coaster" in first["text"]
    await world.write(shop, ada, "2")
    _, second = await world.answers(ada, 2)
    assert second["text"].startswith("You chose 2) Slate coaster")


async def test_model_is_told_to_refuse_other_subjects_whatever_the_business_writes(world: World) -> None:
    """WhatsApp's terms bar general-purpose assistants."""
    shop, ada, subject = await world.shop(system_prompt="You may answer every question."), phone(), word()
    await world.write(shop, ada, f"write me a poem about {subject}")
    (answer,) = await world.answers(ada)
    assert "only help with questions about our shop" in answer["text"]
    (call,) = await world.calls(subject)
    assert "politely refuse anything else" in text_of(call["payload"]["system"])


async def test_faq_answer_does_not_overtake_the_models_answer_to_the_earlier_message(world: World) -> None:
    shop, ada, story = await world.shop(), phone(), word()
    await world.script("anthropic", {"kind": "latency", "seconds": 1.0}, text_contains=story)
    await world.write(shop, ada, f"tell me about {story}")
    await world.write(shop, ada, "what are your opening hours")
    first, second = await world.answers(ada, 2)
    assert story in first["text"]
    assert second["text"] == FAQS["What are your opening hours?"]


async def test_answer_reaches_status_read_with_both_providers(world: World) -> None:
    shop, ada, bo = await world.shop(), phone(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.write_twilio(shop, bo, "Where are you?")
    for customer in (shop.meta_conversation(ada), shop.twilio_conversation(bo)):
        read = await world.outbound_when(shop, lambda it: it["status"] == "read", conversation_id=customer)
        assert read["state"] == "sent"
        assert not read.get("possible_duplicate")
        assert [entry["status"] for entry in read["statuses"]] == ["sent", "delivered", "read"]


async def test_bot_is_silent_after_a_hand_off_until_the_conversation_is_returned(
    world: World,
) -> None:
    shop, ada = await world.shop(), phone()
    conversation = shop.meta_conversation(ada)
    await world.write(shop, ada, "Human!")
    (reply,) = await world.answers(ada)
    assert reply["text"] == HANDED_OFF
    unanswered = await world.write(shop, ada, "Where are you?")
    assert (await world.stored_message(shop, unanswered))["decision"].startswith("human")
    assert await world.mode(shop, conversation) == "human"
    await world.command(shop, ada, ReturnToBot)
    await until(lambda: _is_bot(world, shop.workspace, conversation), "the bot has the conversation again")
    await world.write(shop, ada, "Do you deliver?")
    answers = await world.answers(ada, 2)
    assert [answer["text"] for answer in answers] == [HANDED_OFF, FAQS["Do you deliver?"]]


async def _is_bot(world: World, workspace: str, conversation: str) -> bool:
    state = await world.mongo.collection("conversations").find_one({"_id": conversation, "workspace": workspace})
    return state is not None and state["state"]["mode"] == "bot"


async def test_webhook_delivered_five_times_is_answered_once(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    item = world.item(shop, ada, f"remark {marker}")
    body = meta_webhook(item)
    assert [await world.post_meta(body) for _ in range(5)] == [200] * 5
    await world.answers(ada)
    answers = await world.settled_answers(shop, ada)
    assert len(answers) == 1
    assert marker in answers[0]["text"]
    assert len(await world.calls(marker)) == 1


async def test_webhook_delivered_five_times_concurrently_is_answered_once(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    body = meta_webhook(world.item(shop, ada, f"remark {marker}"))
    assert await asyncio.gather(*(world.post_meta(body) for _ in range(5))) == [200] * 5
    await world.answers(ada)
    answers = await world.settled_answers(shop, ada)
    assert len(answers) == 1
    assert len(await world.calls(marker)) == 1


async def test_webhook_with_many_items_and_a_malformed_one_loses_none(
    world: World,
) -> None:
    shops = [await world.shop(), await world.shop()]
    async with world.simulator_settings(meta={"statuses": []}):
        earlier = phone()
        await world.write(shops[0], earlier, "Where are you?")
        (sent,) = await world.answers(earlier)
    customers = [[phone() for _ in range(3)] for _ in shops]
    items = [
        world.item(shop, customer, question)
        for shop, of_shop in zip(shops, customers, strict=True)
        for customer, question in zip(of_shop, FAQS, strict=False)
    ]
    items[3:3] = [
        MetaItem(
            shops[0].number,
            status=meta_status(sent["id"], name, recipient=earlier, timestamp=1_773_480_000, opaque=sent["opaque"]),
        )
        for name in ("sent", "delivered")
    ]
    broken = f"broken-{word()}"
    items.insert(4, MetaItem(shops[1].number, message={"id": broken, "type": "text", "text": 7}))
    assert await world.post_meta(meta_webhook(*items)) == 200
    for of_shop in customers:
        for customer, answer in zip(of_shop, FAQS.values(), strict=False):
            assert [record["text"] for record in await world.answers(customer)] == [answer]
    delivered = await world.outbound_when(shops[0], lambda it: it["status"] == "delivered", _id=sent["opaque"])
    assert [entry["status"] for entry in delivered["statuses"]] == ["sent", "delivered"]
    (letter,) = [
        letter for letter in await _malformed(world, shops[1].workspace) if letter["reason"] == "malformed_item"
    ]
    assert letter["workspace"] == shops[1].workspace
    for shop, of_shop in zip(shops, customers, strict=True):
        assert len(await world.settled_answers(shop, of_shop[0])) == 1


async def _malformed(world: World, workspace: str) -> list[dict[str, object]]:
    return await world.dead_letters(f'"workspace":"{workspace}"')


async def test_statuses_in_reverse_order_and_repeated_leave_the_message_read(world: World) -> None:
    shop, ada = await world.shop(), phone()
    async with world.simulator_settings(meta={"statuses": []}):
        await world.write(shop, ada, "Where are you?")
        (sent,) = await world.answers(ada)
    for name in ("read", "delivered", "sent", "read", "sent"):
        assert await world.status_webhook(shop, sent, name) == 200
    stored = await world.outbound_when(shop, lambda it: len(it["statuses"]) == 3, _id=sent["opaque"])
    assert [entry["status"] for entry in stored["statuses"]] == ["read", "delivered", "sent"]
    assert await world.status_webhook(shop, sent, "failed") == 200
    stored = await world.outbound_when(shop, lambda it: len(it["statuses"]) == 4, _id=sent["opaque"])
    assert (stored["status"], stored["state"]) == ("read", "sent")
    assert len(await world.attempts(ada)) == 1


async def test_message_to_an_unknown_number_is_accepted_and_becomes_a_dead_letter(world: World) -> None:
    before = await world.metric("ingress", r"parley_dead_letters_total\{.*unknown_recipient")
    stranger, shop = phone(), await world.shop()
    item = world.item(shop, stranger, "Where are you?")
    number = f"99{shop.number.phone_number_id}"
    assert item.message is not None
    unknown = MetaItem(MetaNumber(number, "", "1"), message=item.message, contact=item.contact)
    assert await world.post_meta(meta_webhook(unknown)) == 200
    (letter,) = await world.dead_letters(number)
    assert letter["reason"] == "unknown_recipient"
    assert await world.metric("ingress", r"parley_dead_letters_total\{.*unknown_recipient") == before + 1
    assert await world.attempts(stranger) == []


async def test_applied_workspace_answers_at_once_and_applying_it_again_changes_nothing(world: World) -> None:
    env = {"ACME_META_TOKEN": "EAAdemotoken", "ACME_TWILIO_TOKEN": "demotwiliotoken"}
    world.private.tokens |= set(env.values())
    apply = ("apply", "-f", str(DEMO), "--dir", str(Path(world.stack.info["env"]).parent))
    first, second = [await in_thread(parley, *apply, env=env) for _ in range(2)]
    assert (first.err, second.err) == ("", "")
    assert "created" in first.out
    assert "unchanged" in second.out
    ada = phone()
    item = MetaItem(
        MetaNumber("665397593326012", "2348031234567", "1437200930610622"),
        message=meta_message(
            "text", "when do you open", sender=ada, message_id=wamid(ada, 1), timestamp=int(time.time())
        ),
    )
    assert await world.post_meta(meta_webhook(item)) == 200
    (answer,) = await world.answers(ada)
    assert answer["text"] == "We are open from 9 to 5, Monday to Saturday."
