"""Broadcasts through all services: recipients, skipped customers, pauses, and no duplicates."""

from datetime import timedelta
from typing import Any

from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState, broadcast_id, recipient_id
from shared.messages.broadcast_content import BroadcastContent, BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.messages.commands import TakeOver
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from tests.e2e.shop import Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

FLOW = """
flow: survey
triggers: {keywords: [survey-please]}
steps:
  ask: {ask: "How was it, from 1 to 5?", type: integer, save: stars}
  thanks: "Thank you for the {{ stars }}."
"""


class BroadcastUnderTest:
    """A broadcast of one test."""

    def __init__(self, world: World, shop: Shop, broadcast: Broadcast) -> None:
        self.id = broadcast.id
        self.broadcasts = Broadcasts(world.mongo, shop.workspace)
        self.recipients = BroadcastRecipients(world.mongo, shop.workspace)

    async def now(self) -> Broadcast:
        found = await self.broadcasts.get(self.id)
        assert found is not None
        return found

    async def wait_for_stage(self, stage: BroadcastStage) -> Broadcast:
        async def look() -> Broadcast | None:
            found = await self.now()
            return found if found.stage is stage else None

        return await until(look, f"the broadcast is {stage}")

    async def counts(self) -> dict[str, int]:
        return {one.value: count for one, count in (await self.recipients.counts(self.id)).items() if count}

    async def wait_for_counts(self, **wanted: int) -> None:
        async def look() -> bool:
            return await self.counts() == wanted

        try:
            await until(look, "the counts")
        except AssertionError:
            raise AssertionError(f"{await self.counts()} instead of {wanted}") from None


async def create_broadcast(
    world: World,
    shop: Shop,
    what: BroadcastContent,
    people: list[str] | None = None,
    *,
    start: bool = True,
    **values: Any,
) -> BroadcastUnderTest:
    """Create a broadcast to these numbers, or to a segment, and start it at once."""
    name, now = word(), SystemClock().now()
    options: dict[str, Any] = {"rate": 100.0, "channel": "main", **values}
    broadcast = Broadcast(
        id=broadcast_id(shop.workspace, name),
        workspace=shop.workspace,
        name=name,
        what=what,
        created_at=now,
        by="u1",
        **options,
    )
    made = BroadcastUnderTest(world, shop, broadcast)
    world.private.phones |= set(people or ())
    assert await made.broadcasts.create(broadcast)
    await made.recipients.add(
        broadcast.id,
        [
            Recipient(
                id=recipient_id(broadcast.id, ids.customer_id(shop.workspace, f"+{one}")),
                customer_id=ids.customer_id(shop.workspace, f"+{one}"),
                identity=f"+{one}",
                name="Bola",
            )
            for one in people or ()
        ],
    )
    if start:
        assert await made.broadcasts.start(broadcast.id, now)
    return made


def template(*parameters: str) -> BroadcastTemplate:
    return BroadcastTemplate(name="news", language="en", parameters=parameters)


async def test_template_broadcast_reaches_people_who_never_wrote(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(5)]
    made = await create_broadcast(world, shop, template("{{ customer.name }}", "10 %"), people)
    await made.wait_for_stage(BroadcastStage.DONE)
    for one in people:
        (sent,) = await world.answers(one)
        assert sent["text"] == "news"
    await made.wait_for_counts(read=5)


async def test_text_broadcast_skips_closed_windows_and_opted_out_customers(world: World) -> None:
    shop = await world.shop()
    ada, stopped, stranger, erased = (phone() for _ in range(4))
    for one, text in ((ada, "Where are you?"), (stopped, "STOP"), (erased, "Where are you?")):
        await world.write(shop, one, text)
        await world.answers(one)
    text = f"News of {word()}"
    made = await create_broadcast(world, shop, BroadcastText(text=text), [ada, stopped, stranger, erased], start=False)
    await world.erase(shop, erased)
    assert await made.broadcasts.start(made.id, SystemClock().now())
    await made.wait_for_stage(BroadcastStage.DONE)
    assert [sent["text"] for sent in await world.answers(ada, 2)][1:] == [text]
    assert await made.recipients.reasons(made.id, RecipientState.SKIPPED) == {"opted_out": 1, "window_closed": 1}
    await made.wait_for_counts(read=1, skipped=2)
    assert [len(await world.attempts(one)) for one in (stopped, stranger, erased)] == [1, 0, 1]


async def test_model_sees_a_broadcast_in_the_history(world: World) -> None:
    """The broadcast is part of the prompt's history."""
    shop, ada = await world.shop(mode="ai"), phone()
    await world.write(shop, ada, word())
    await world.answers(ada)
    text, question = f"Ten percent off {word()}", word()
    made = await create_broadcast(world, shop, BroadcastText(text=text), [ada])
    await made.wait_for_counts(read=1)
    await world.write(shop, ada, question)
    await world.answers(ada, 3)
    (call,) = await world.calls(question)
    assert text in str(call), "the prompt's history lacks the broadcast"


async def test_flow_broadcast_starts_a_flow_except_in_handed_off_conversations(world: World) -> None:
    shop, ada, held = await world.shop(flows=[FLOW]), phone(), phone()
    for one in (ada, held):
        await world.write(shop, one, "Where are you?")
        await world.answers(one)
    await world.command(shop, held, TakeOver)
    await until(lambda: _has_mode(world, shop, held, "human"), "the conversation is handed off")
    made = await create_broadcast(world, shop, BroadcastFlow(flow="survey"), [ada, held])
    assert (await world.answers(ada, 2))[1]["text"] == "How was it, from 1 to 5?"
    await made.wait_for_stage(BroadcastStage.DONE)
    await made.wait_for_counts(read=1, skipped=1)
    await world.write(shop, ada, "5")
    assert (await world.answers(ada, 3))[2]["text"] == "Thank you for the 5."
    assert len(await world.attempts(held)) == 1


async def test_segment_is_evaluated_when_the_broadcast_starts(world: World) -> None:
    shop = await world.shop(profile={"segments": [{"name": "all"}]})
    ada, late = phone(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    made = await create_broadcast(world, shop, template(), segment="all", rate=50.0, start=False)
    await made.broadcasts.start(made.id, SystemClock().now() + timedelta(hours=1))
    assert (await made.now()).stage is BroadcastStage.SCHEDULED
    assert await made.counts() == {}, "nothing is sent before the start"
    await world.stored(shop, "broadcasts").update(
        {"_id": made.id}, {"$set": {"look_at": SystemClock().now(), "start_at": SystemClock().now()}}
    )
    assert (await made.wait_for_stage(BroadcastStage.DONE)).total == 1
    await world.write(shop, late, "Where are you?")
    await world.answers(late)
    assert (await world.answers(ada, 2))[1]["text"] == "news"
    assert len(await world.attempts(late)) == 1


async def test_broadcast_can_be_paused_resumed_and_cancelled(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(40)]
    made = await create_broadcast(world, shop, template(), people, rate=4.0)
    await until(lambda: _sends_at_least(world, people, 2), "two recipients have the message")
    assert await made.broadcasts.pause(made.id, "by a person", SystemClock().now())
    await until(lambda: _nothing_in_flight(made), "no sends are in flight")
    before = await _count(world, people)
    assert 2 <= before < 40
    assert (await made.now()).stage is BroadcastStage.PAUSED
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    await until(lambda: _sends_at_least(world, people, before + 2), "the broadcast continues")
    assert await made.broadcasts.cancel(made.id, SystemClock().now())
    await until(lambda: _cancelled(made), "the broadcast is cancelled")
    await until(lambda: _nothing_in_flight(made), "no sends are in flight")
    counts = await made.counts()
    assert counts["cancelled"] + await _count(world, people) == 40
    assert not await made.broadcasts.resume(made.id, SystemClock().now())


async def test_expired_token_pauses_a_broadcast_which_then_reaches_each_recipient_once(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(30)]
    renewed = await world.replace_token(shop, apply=False)
    made = await create_broadcast(world, shop, template(), people, rate=20.0)
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert "190" in paused.reason
    assert await _count(world, people) == 0
    await world.reapply(renewed)
    await until(lambda: _channel_open(world, shop), "the channel is open again")
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    await made.wait_for_stage(BroadcastStage.DONE)
    await made.wait_for_counts(read=30)
    assert await _count(world, people) == 30


async def test_spam_rate_limit_pauses_a_broadcast(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(30)]
    number = shop.number.phone_number_id
    await world.script("meta", {"kind": "error", "code": 131048}, phone_number_id=number, kind="message")
    made = await create_broadcast(world, shop, template(), people, rate=4.0)
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert "131048" in paused.reason
    assert await _count(world, people) < 30
    await until(lambda: _nothing_in_flight(made), "no sends are in flight")
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    await made.wait_for_counts(read=30)
    assert await _count(world, people) == 30


async def test_many_failures_pause_a_broadcast_and_failed_recipients_can_be_retried(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(60)]
    number = shop.number.phone_number_id
    rule = await world.script(
        "meta", {"kind": "error", "code": 131026}, times=None, phone_number_id=number, kind="message"
    )
    made = await create_broadcast(world, shop, template(), people, rate=5.0)
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert "messages failed" in paused.reason
    await until(lambda: _nothing_in_flight(made), "no sends are in flight")
    counts = await made.counts()
    assert 20 <= counts["failed"] < 60
    (reason,) = await made.recipients.reasons(made.id, RecipientState.FAILED)
    assert reason.startswith("131026")
    await world.unscript(rule)
    assert await made.recipients.retry(made.id, SystemClock().now()) == counts["failed"]
    await world.stored(shop, "broadcasts").update({"_id": made.id}, {"$set": {"rate": 100.0}})
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    await made.wait_for_counts(read=60)
    assert await _count(world, people) == 60
    assert await made.recipients.retry(made.id, SystemClock().now()) == 0


async def _has_mode(world: World, shop: Shop, one: str, mode: str) -> bool:
    return await world.mode(shop, shop.meta_conversation(one)) == mode


async def _count(world: World, people: list[str]) -> int:
    return sum([len(await world.records(to=one, kind="message", accepted="true")) for one in people])


async def _sends_at_least(world: World, people: list[str], least: int) -> bool:
    return await _count(world, people) >= least


async def _nothing_in_flight(made: BroadcastUnderTest) -> bool:
    return await made.recipients.in_flight(made.id) == 0


async def _cancelled(made: BroadcastUnderTest) -> bool:
    counts = await made.counts()
    return "pending" not in counts and "cancelled" in counts


async def _channel_open(world: World, shop: Shop) -> bool:
    return not any(one.workspace == shop.workspace for one in await ChannelStates(world.mongo).stopped())
