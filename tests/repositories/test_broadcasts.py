"""Stages of broadcasts, their leases, and the states of their recipients."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState, Variant
from shared.messages.broadcast_content import BroadcastContent, BroadcastTemplate, BroadcastText
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries, RecipientUpdate
from shared.repositories.broadcasts import Broadcasts
from shared.storage.documents import from_document
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later

LEASE = timedelta(seconds=20)


def draft(id_: str = "b1", **values: object) -> Broadcast:
    made = Broadcast(
        id=id_, workspace="acme", name=id_, channel="main", what=BroadcastText(text="Hi"), created_at=NOW, by="u9"
    )
    return msgspec.structs.replace(made, **values)


def people(count: int, **values: str) -> list[Recipient]:
    return [Recipient(id=f"r{n:03d}", customer_id=f"u{n}", identity=f"+234{n:010d}", **values) for n in range(count)]  # type: ignore[arg-type]  # names of text fields


@pytest.fixture
def broadcasts(mongo: Mongo) -> Broadcasts:
    return Broadcasts(mongo, "acme")


@pytest.fixture
def recipients(mongo: Mongo) -> BroadcastRecipients:
    return BroadcastRecipients(mongo, "acme")


async def test_broadcast_is_stored_once(broadcasts: Broadcasts) -> None:
    template = BroadcastTemplate(name="spring", language="en", parameters=("{{ customer.name }}",))
    made = draft(what=template, price="0.02", currency="USD", segment="vip")
    assert await broadcasts.create(made)
    assert not await broadcasts.create(draft())
    assert await broadcasts.get("b1") == made
    assert await broadcasts.create(draft("b2", created_at=later(9)))
    assert [one.id for one in await broadcasts.newest(9)] == ["b2", "b1"]
    assert [one.id for one in await broadcasts.newest(1)] == ["b2"]


async def test_both_variants_of_a_comparison_are_sent_at_the_same_time(recipients: BroadcastRecipients) -> None:
    ids = ["00", "01", "02", "03", "80", "f1"]
    await recipients.add("b1", [Recipient(id=id_, customer_id=f"u{id_}", identity=f"+23480{id_}") for id_ in ids])
    found = await recipients.pending("b1", 4, of_both=True)
    assert [one.id for one in found] == ["00", "80", "01", "f1"]
    assert [one.id for one in await recipients.pending("b1", 9, of_both=True)][-2:] == ["02", "03"]
    counts = await recipients.counts_of_variants("b1")
    assert [counts[half][RecipientState.PENDING] for half in Variant] == [4, 2]
    assert {len(of_half) for of_half in counts.values()} == {len(RecipientState)}
    for half, expected in ((Variant.A, ids[:4]), (Variant.B, ids[4:])):
        seen, after = [], ""
        while page := await recipients.page("b1", after=after, limit=1, variant=half):
            seen.append(page[0].id)
            after = page[-1].id
        assert seen == expected


async def test_broadcast_is_found_by_either_template(broadcasts: Broadcasts) -> None:
    first, second = [BroadcastTemplate(name=name, language="en") for name in ("spring", "summer")]
    await broadcasts.create(draft(what=first, other=second))
    await broadcasts.start("b1", NOW)
    assert [await broadcasts.with_template(name, "en") for name in ("spring", "summer", "winter")] == [
        [("b1", "main")],
        [("b1", "main")],
        [],
    ]


class BroadcastOfAnOlderRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The content as delivery read it before there were comparisons."""

    id: str
    what: BroadcastContent
    stage: BroadcastStage


async def test_release_without_comparisons_cannot_read_one(mongo: Mongo, broadcasts: Broadcasts) -> None:
    first, second = [BroadcastTemplate(name=name, language="en") for name in ("spring", "summer")]
    await broadcasts.create(draft("plain", what=first))
    await broadcasts.create(draft("compared", what=first, other=second))
    stored = {one["_id"]: {**one, "id": one["_id"]} for one in await mongo.collection("broadcasts").find({})}
    assert from_document(stored["plain"], BroadcastOfAnOlderRelease).what == first
    with pytest.raises(msgspec.ValidationError):
        from_document(stored["compared"], BroadcastOfAnOlderRelease)
    found = await broadcasts.get("compared")
    assert found is not None
    assert found.contents == (first, second)


async def test_comparison_that_an_earlier_release_stored_is_read(mongo: Mongo, broadcasts: Broadcasts) -> None:
    first, second = [BroadcastTemplate(name=name, language="en") for name in ("spring", "summer")]
    await broadcasts.create(draft(what=first))
    other = {"type": "template", "name": "summer", "language": "en"}
    await mongo.collection("broadcasts").update({"_id": "b1"}, {"$set": {"other": other}})
    found = await broadcasts.get("b1")
    assert found is not None
    assert found.contents == (first, second)
    await broadcasts.start("b1", NOW)
    assert await broadcasts.with_template("summer", "en") == [("b1", "main")]


Change = Callable[[Broadcasts], Awaitable[bool]]
CHANGES: dict[str, tuple[Change, set[BroadcastStage], BroadcastStage]] = {
    "finish_making": (lambda it: it.finish_making("b1"), {BroadcastStage.MAKING}, BroadcastStage.DRAFT),
    "start": (lambda it: it.start("b1", NOW), {BroadcastStage.DRAFT}, BroadcastStage.SCHEDULED),
    "begin": (lambda it: it.begin("b1", 3, NOW), {BroadcastStage.SCHEDULED}, BroadcastStage.RUNNING),
    "pause": (
        lambda it: it.pause("b1", "why", NOW),
        {BroadcastStage.SCHEDULED, BroadcastStage.RUNNING},
        BroadcastStage.PAUSED,
    ),
    "resume": (lambda it: it.resume("b1", NOW), {BroadcastStage.PAUSED}, BroadcastStage.RUNNING),
    "finish": (lambda it: it.finish("b1", NOW), {BroadcastStage.RUNNING}, BroadcastStage.DONE),
    "reopen": (lambda it: it.reopen("b1", NOW), {BroadcastStage.DONE}, BroadcastStage.RUNNING),
    "cancel": (
        lambda it: it.cancel("b1", NOW),
        {
            BroadcastStage.MAKING,
            BroadcastStage.DRAFT,
            BroadcastStage.SCHEDULED,
            BroadcastStage.RUNNING,
            BroadcastStage.PAUSED,
        },
        BroadcastStage.CANCELLED,
    ),
}


@pytest.mark.parametrize("stage", BroadcastStage)
@pytest.mark.parametrize("name", CHANGES)
async def test_allowed_stages_of_each_change(broadcasts: Broadcasts, name: str, stage: BroadcastStage) -> None:
    change, before, after = CHANGES[name]
    await broadcasts.create(draft(stage=stage, frozen_at=NOW))
    assert await change(broadcasts) is (stage in before)
    found = await broadcasts.get("b1")
    assert found is not None
    assert found.stage is (after if stage in before else stage)


async def test_redelivered_event_pauses_a_broadcast_once(broadcasts: Broadcasts) -> None:
    for id_, values in (("b1", {}), ("b2", {"channel": "other"}), ("b3", {"stage": BroadcastStage.SCHEDULED})):
        await broadcasts.create(draft(id_, **{"stage": BroadcastStage.RUNNING, "frozen_at": NOW} | values))
    assert await broadcasts.running("main") == ["b1"]
    assert await broadcasts.pause("b1", "flagged", NOW, event="e1")
    assert await broadcasts.running("main") == []
    assert await broadcasts.resume("b1", NOW)
    assert not await broadcasts.pause("b1", "flagged", NOW, event="e1"), "somebody has resumed it since"
    assert await broadcasts.pause("b1", "a lower limit", NOW, event="e2")


async def test_broadcast_paused_before_its_start_is_scheduled_again(
    broadcasts: Broadcasts,
) -> None:
    await broadcasts.create(draft(stage=BroadcastStage.PAUSED, reason="there is no segment"))
    assert await broadcasts.resume("b1", NOW)
    found = await broadcasts.get("b1")
    assert found is not None
    assert (found.stage, found.reason) == (BroadcastStage.SCHEDULED, "")


async def test_concurrent_ends_succeed_once(broadcasts: Broadcasts) -> None:
    await broadcasts.create(draft(stage=BroadcastStage.RUNNING))
    done = await asyncio.gather(
        *(broadcasts.cancel("b1", NOW) for _ in range(4)), *(broadcasts.finish("b1", NOW) for _ in range(4))
    )
    assert done.count(True) == 1


async def test_unfinished_broadcast_can_be_removed(broadcasts: Broadcasts) -> None:
    await broadcasts.create(draft(stage=BroadcastStage.MAKING))
    await broadcasts.create(draft("b2"))
    assert await broadcasts.remove_unfinished("b1")
    assert not await broadcasts.remove_unfinished("b2")


async def test_broadcast_is_leased_to_one_replica(mongo: Mongo, broadcasts: Broadcasts) -> None:
    queue = BroadcastQueue(mongo)
    await broadcasts.create(draft())
    assert await queue.due("one", NOW, lease=LEASE, limit=9) == [], "a draft rests"
    await broadcasts.start("b1", later(60))
    assert await queue.due("one", later(59), lease=LEASE, limit=9) == []
    assert await queue.due("one", later(60), lease=LEASE, limit=9) == [("acme", "b1")]
    assert await queue.due("two", later(61), lease=LEASE, limit=9) == []
    assert await queue.due("one", later(61), lease=LEASE, limit=9) == [("acme", "b1")]
    assert await queue.due("two", later(82), lease=LEASE, limit=9) == [("acme", "b1")], "whoever had it is gone"
    await queue.release("two")
    assert await queue.due("one", later(82), lease=LEASE, limit=9) == [("acme", "b1")]


async def test_schedule_is_refused_after_a_change_of_stage(mongo: Mongo, broadcasts: Broadcasts) -> None:
    queue = BroadcastQueue(mongo)
    running = draft(stage=BroadcastStage.RUNNING)
    await broadcasts.create(running)
    await broadcasts.pause("b1", "by a person", NOW)
    await broadcasts.schedule(running, None)
    assert await queue.due("one", NOW, lease=LEASE, limit=9) == [("acme", "b1")]


async def test_recipient_is_stored_once_and_keeps_its_state(recipients: BroadcastRecipients) -> None:
    everybody = people(5, name="Ada")
    assert await recipients.add("b1", everybody) == 5
    await recipients.update(
        [RecipientUpdate(id="r001", was=RecipientState.PENDING, reached=RecipientState.SKIPPED, reason="erased")], NOW
    )
    assert await recipients.add("b1", everybody) == 0
    assert await recipients.add("b1", []) == 0
    counts = await recipients.counts("b1")
    assert (counts[RecipientState.PENDING], counts[RecipientState.SKIPPED]) == (4, 1)
    assert [one.id for one in await recipients.pending("b1", 2)] == ["r000", "r002"]
    assert [one.id for one in await recipients.page("b1", after="r002", limit=9)] == ["r003", "r004"]
    assert (await recipients.pending("b1", 1))[0] == everybody[0]


async def test_two_replicas_store_the_same_recipients(recipients: BroadcastRecipients) -> None:
    await asyncio.gather(*(recipients.add("b1", people(50)) for _ in range(4)))
    assert (await recipients.counts("b1"))[RecipientState.PENDING] == 50


async def test_update_of_another_state_changes_nothing(recipients: BroadcastRecipients) -> None:
    await recipients.add("b1", people(1))
    queued = RecipientUpdate(
        id="r000",
        was=RecipientState.PENDING,
        reached=RecipientState.QUEUED,
        queued=True,
        message_id="m1",
        conversation_id="c1",
        look_at=later(1),
    )
    await recipients.update([queued], NOW)
    await recipients.update(
        [RecipientUpdate(id="r000", was=RecipientState.PENDING, reached=RecipientState.SKIPPED)], later(1)
    )
    await recipients.update(
        [RecipientUpdate(id="gone", was=RecipientState.PENDING, reached=RecipientState.SKIPPED)], later(1)
    )
    (one,) = await recipients.due("b1", later(1), 9)
    assert (one.reached, one.message_id, one.conversation_id, one.queued_at) == (
        RecipientState.QUEUED,
        "m1",
        "c1",
        later(0),
    )
    assert await recipients.due("b1", later(0.5), 9) == []
    assert await recipients.next_due("b1") == later(1)
    assert await recipients.in_flight("b1") == 1
    assert sum((await recipients.counts("b1")).values()) == 1, "who was erased is not made anew"


async def test_results_of_queued_recipients_are_read_at_once(recipients: BroadcastRecipients) -> None:
    await recipients.add("b1", people(4))
    for n, (reached, look_at) in enumerate(
        ((RecipientState.QUEUED, None), (RecipientState.QUEUED, later(3600)), (RecipientState.SENT, later(3600)))
    ):
        step = RecipientUpdate(id=f"r{n:03d}", was=RecipientState.PENDING, reached=reached, look_at=look_at)
        await recipients.update([step], NOW)
    assert await recipients.read_at_once("b1", later(9)) == 2
    assert [one.id for one in await recipients.due("b1", later(9), 9)] == ["r000", "r001"]
    assert await recipients.read_at_once("b1", later(9)) == 0


async def finished(recipients: BroadcastRecipients) -> None:
    """Store three sent recipients, two failed ones, one in doubt and two pending ones."""
    await recipients.add("b1", people(8))
    for n in range(6):
        failed = n > 2
        await recipients.update(
            [
                RecipientUpdate(
                    id=f"r{n:03d}",
                    was=RecipientState.PENDING,
                    reached=RecipientState.FAILED if failed else RecipientState.SENT,
                    reason="in_doubt" if n == 5 else "131026: no" if failed else "",
                    result=True,
                )
            ],
            later(n),
        )


async def test_results_are_newest_first_since_a_time(recipients: BroadcastRecipients) -> None:
    await finished(recipients)
    assert await recipients.results("b1", NOW, 9) == [False, False, False, True, True, True]
    assert await recipients.results("b1", later(2), 9) == [False, False, False, True]
    assert await recipients.results("b1", NOW, 2) == [False, False]
    assert await recipients.reasons("b1", RecipientState.FAILED) == {"131026: no": 2, "in_doubt": 1}


async def test_retry_leaves_out_recipients_in_doubt(recipients: BroadcastRecipients) -> None:
    await finished(recipients)
    assert await recipients.retry("b1", NOW) == 2
    assert [(one.id, one.retried) for one in await recipients.pending("b1", 9)] == [
        ("r003", True),
        ("r004", True),
        ("r006", False),
        ("r007", False),
    ]
    assert await recipients.results("b1", NOW, 9) == [False, True, True, True]
    assert await recipients.retry("b1", NOW) == 0


async def test_deferred_retries_are_due_later(recipients: BroadcastRecipients) -> None:
    await recipients.add("b1", people(4))
    for n, not_before in enumerate((None, later(60), later(90))):
        step = RecipientUpdate(
            id=f"r{n:03d}",
            was=RecipientState.PENDING,
            reached=RecipientState.FAILED,
            result=True,
            not_before=not_before,
        )
        await recipients.update([step], NOW)
    assert await recipients.deferred_retries("b1", NOW) == DeferredRetries(count=2, first=later(60), last=later(90))
    assert await recipients.retryable("b1", NOW) == 1
    assert await recipients.retry("b1", NOW) == 1
    assert (await recipients.counts("b1"))[RecipientState.FAILED] == 2
    assert await recipients.deferred_retries("b1", later(60)) == DeferredRetries(
        count=1, first=later(90), last=later(90)
    )
    assert await recipients.retry("b1", later(90)) == 2
    assert await recipients.deferred_retries("b1", NOW) == DeferredRetries(count=0), "another failure has its own time"


async def test_pending_recipients_are_cancelled_and_all_removed(recipients: BroadcastRecipients) -> None:
    await finished(recipients)
    await recipients.add("b2", [Recipient(id="other", customer_id="u1", identity="+1")])
    assert await recipients.cancel("b1") == 2
    assert await recipients.pending("b1", 9) == []
    assert await recipients.clear("b1") == 8
    assert (await recipients.counts("b2"))[RecipientState.PENDING] == 1
