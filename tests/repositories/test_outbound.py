"""Outbound messages: one claim at a time, and a status that never goes back, in any order of arrival."""

import asyncio
import itertools

import pytest

from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError, Status
from shared.messages.outbound import status_rank
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Document, Mongo
from tests.repositories.builders import NOW, later, outbound, status

ERROR = ProviderError(code="131056", title="Too many messages to this number")


@pytest.fixture
def messages(mongo: Mongo) -> OutboundMessages:
    return OutboundMessages(mongo, "acme")


async def stored(mongo: Mongo) -> Document:
    found = await mongo.collection("outbound").find_one({"_id": outbound().id})
    assert found is not None
    return found


async def test_message_is_claimed_once(messages: OutboundMessages) -> None:
    got = await asyncio.gather(*(messages.claim(outbound(), f"worker-{number}", NOW) for number in range(8)))
    assert got.count(None) == 1
    winner = f"worker-{got.index(None)}"
    assert {(one.claim, one.state) for one in got if one is not None} == {(winner, OutboundState.SENDING)}


async def test_waiting_message_is_reclaimed_once(messages: OutboundMessages) -> None:
    await messages.claim(outbound(), "a", NOW)
    await messages.record_retry(outbound().id, "a", ERROR, later(30), later(1))
    before = await messages.get(outbound().id)
    assert before is not None
    assert before.state is OutboundState.WAITING
    tries = [messages.reclaim(before, f"b{number}", later(40), possible_duplicate=False) for number in range(8)]
    taken = await asyncio.gather(*tries)
    assert taken.count(True) == 1
    now = await messages.get(outbound().id)
    assert now is not None
    assert (now.state, now.claim, now.attempt) == (OutboundState.SENDING, f"b{taken.index(True)}", 2)
    assert (now.claimed_at, now.possible_duplicate) == (later(40), False)


async def test_message_in_doubt_is_marked_as_possible_duplicate(messages: OutboundMessages) -> None:
    """The mark is kept over further attempts."""
    await messages.claim(outbound(), "a", NOW)
    doubt = await messages.get(outbound().id)
    assert doubt is not None
    assert await messages.reclaim(doubt, "b", later(30), possible_duplicate=True)
    assert not await messages.reclaim(doubt, "c", later(30), possible_duplicate=True), "the claim has changed"
    await messages.record_retry(outbound().id, "b", ERROR, later(60), later(31))
    again = await messages.get(outbound().id)
    assert again is not None
    assert await messages.reclaim(again, "d", later(61), possible_duplicate=False)
    last = await messages.get(outbound().id)
    assert last is not None
    assert (last.possible_duplicate, last.attempt) == (True, 3)


@pytest.mark.parametrize("late", ["wait", "failed"])
async def test_lost_claim_changes_nothing(messages: OutboundMessages, mongo: Mongo, late: str) -> None:
    await messages.claim(outbound(), "a", NOW)
    doubt = await messages.get(outbound().id)
    assert doubt is not None
    await messages.reclaim(doubt, "b", later(30), possible_duplicate=True)
    before = await stored(mongo)
    if late == "wait":
        await messages.record_retry(outbound().id, "a", ERROR, later(60), later(31))
    else:
        await messages.record_failure(outbound().id, "a", ERROR, DeadLetterReason.SEND_REJECTED, later(31))
    assert await stored(mongo) == before


async def test_acceptance_counts_also_after_the_claim_is_lost(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a", NOW)
    doubt = await messages.get(outbound().id)
    assert doubt is not None
    await messages.reclaim(doubt, "b", later(30), possible_duplicate=True)
    await messages.record_accepted(outbound().id, "a", "$wamid.out", later(31))
    found = await stored(mongo)
    assert (found["state"], found["provider_message_id"], found["sent_at"]) == ("sent", "$wamid.out", later(31))
    await messages.record_failure(outbound().id, "b", ERROR, DeadLetterReason.SEND_REJECTED, later(32))
    assert (await stored(mongo))["state"] == "sent"


ORDERS = list(itertools.permutations([Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED], 3))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_status_never_goes_back(messages: OutboundMessages, mongo: Mongo, order: tuple[Status, ...]) -> None:
    """The highest rank stays, and each status is stored once."""
    await messages.claim(outbound(), "a", NOW)
    await messages.record_accepted(outbound().id, "a", "wamid.out", later(1))
    highest = -1
    for value in [*order, *order]:
        outcome = await messages.status(status(value, outbound()))
        assert outcome is not None
        assert outcome.advanced == (status_rank(value) > highest)
        highest = max(highest, status_rank(value))
    found = await stored(mongo)
    assert found["rank"] == highest
    assert status_rank(Status(found["status"])) == highest
    assert [one["status"] for one in found["statuses"]] == list(order)


async def test_status_before_the_answer_settles_the_attempt(messages: OutboundMessages, mongo: Mongo) -> None:
    """The message is sent, and the provider's answer does not undo it."""
    await messages.claim(outbound(), "a", NOW)
    outcome = await messages.status(status(Status.DELIVERED, outbound()))
    assert outcome is not None
    assert (outcome.advanced, outcome.id) == (True, outbound().id)
    assert (outcome.conversation_id, outcome.correlation_id) == (
        outbound().conversation_id,
        outbound().correlation_id,
    )
    await messages.record_accepted(outbound().id, "a", "wamid.out", later(1))
    found = await stored(mongo)
    assert (found["state"], found["status"], found["sent_at"]) == ("sent", "delivered", later(10))
    again = await messages.get(outbound().id)
    assert again is not None
    assert (again.state, again.provider_message_id) == (OutboundState.SENT, "wamid.out")


async def test_status_is_matched_by_the_providers_id(messages: OutboundMessages) -> None:
    await messages.claim(outbound(), "a", NOW)
    by_id = status(Status.SENT, outbound(), ours=False)
    assert await messages.status(by_id) is None, "the provider's id is not known yet"
    await messages.record_accepted(outbound().id, "a", "wamid.out", later(1))
    outcome = await messages.status(by_id)
    assert outcome is not None
    assert outcome.id == outbound().id


async def test_failure_is_stored_with_its_reason(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a", NOW)
    await messages.record_accepted(outbound().id, "a", "wamid.out", later(1))
    await messages.status(status(Status.FAILED, outbound()))
    assert (await stored(mongo))["error"] == {"code": "131026", "title": "Message undeliverable"}
    await messages.status(status(Status.DELIVERED, outbound()))
    assert (await stored(mongo))["status"] == "delivered"


async def test_history_leaves_out_failed_messages(messages: OutboundMessages, mongo: Mongo) -> None:
    for number, index in [(1, 0), (1, 1), (2, 0), (3, 0), (4, 0)]:
        await messages.claim(outbound(number, index=index), "a", NOW)
    await messages.record_failure(outbound(2).id, "a", ERROR, DeadLetterReason.SEND_REJECTED, NOW)
    said = await OutboundHistory(mongo, "acme").last_messages(outbound().conversation_id, before_turn=4, limit=3)
    assert [one.text for one in said] == ["answer 1.0", "answer 1.1", "answer 3.0"]


async def test_number_of_stored_attempts_is_bounded(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a0", NOW)
    for number in range(45):
        await messages.record_retry(outbound().id, f"a{number}", ERROR, NOW, NOW)
        before = await messages.get(outbound().id)
        assert before is not None
        assert await messages.reclaim(before, f"a{number + 1}", NOW, possible_duplicate=False)
    attempts = (await stored(mongo))["attempts"]
    assert len(attempts) == 40
    assert attempts[-1]["claim"] == "a44"


async def test_message_held_anew_is_not_released(messages: OutboundMessages) -> None:
    """Its record was read and it was held again before the release was stored."""
    await messages.claim(outbound(), "a", NOW, state=OutboundState.HELD)
    (held,) = await messages.held_for("main", limit=10)
    before = await messages.get(outbound().id)
    assert before is not None
    assert await messages.put_aside(before, "b", OutboundState.HELD, None, possible_duplicate=False)
    assert not await messages.release(held, later(1))
    (again,) = await messages.held_for("main", limit=10)
    assert await messages.release(again, later(2))
    assert await messages.held_for("main", limit=10) == []


async def test_statuses_of_a_superseded_attempt_change_nothing(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a", NOW)
    await messages.record_accepted(outbound().id, "a", "wamid.out", later(1))
    outcome = await messages.status(status(Status.FAILED, outbound()))
    assert outcome is not None
    assert outcome.failed
    provider_id = status(Status.FAILED, outbound()).provider_message_id
    for wanted in (True, False):
        assert wanted == await messages.retry_failed(
            outbound().id, provider_id, ERROR, later(9), later(2), charged=True, possible_duplicate=False
        )
    again = await messages.status(status(Status.FAILED, outbound()))
    assert again is not None
    assert (again.failed, again.retried, again.advanced) == (False, True, False)
    await messages.status(status(Status.DELIVERED, outbound()))
    found = await stored(mongo)
    assert (found["state"], found["status"], found["superseded"]) == ("waiting", "queued", [provider_id])
    await messages.record_accepted(outbound().id, "a", provider_id, later(3))  # a zombie's
    assert (await stored(mongo))["state"] == "waiting"


async def test_replayed_doubt_is_marked_as_possible_duplicate(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a", NOW)
    await messages.record_failure(outbound().id, "a", ERROR, DeadLetterReason.IN_DOUBT, later(1))
    assert await messages.reopen(outbound().id)
    found = await stored(mongo)
    assert (found["state"], found["possible_duplicate"]) == ("waiting", True)


async def test_previous_message_is_the_last_piece_before(messages: OutboundMessages) -> None:
    for number, index in [(1, 0), (2, 0), (2, 1)]:
        await messages.claim(outbound(number, index=index), f"{number}.{index}", later(number * 10 + index))
    conversation = outbound().conversation_id
    places = [(1, 0), (2, 0), (2, 1), (3, 0)]
    found = [await messages.order.previous(conversation, turn, index) for turn, index in places]
    assert [one.claimed_at if one else None for one in found] == [None, later(10), later(20), later(21)]


async def test_progress_names_the_provider_of_the_error_code(messages: OutboundMessages, mongo: Mongo) -> None:
    await messages.claim(outbound(), "a", NOW)
    await messages.record_failure(outbound().id, "a", ERROR, DeadLetterReason.SEND_REJECTED, later(1))
    found = (await OutboundHistory(mongo, "acme").progress([outbound().id]))[outbound().id]
    assert (found.state, found.error["code"], found.provider) == (OutboundState.FAILED, "131056", outbound().provider)
