"""Statuses in any order, each any number of times, end in the same state, which never goes back."""

import asyncio
import random
from collections.abc import Sequence

import msgspec
import pytest

from shared.messages.inbound import InboundStatus, Status
from shared.messages.outbound import OutboundMessage, status_rank
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Document, Mongo
from tests.repositories.builders import NOW, later, outbound, status

ORDERS = 8


@pytest.fixture
def messages(mongo: Mongo) -> OutboundMessages:
    return OutboundMessages(mongo, "acme")


async def _stored(mongo: Mongo, message: OutboundMessage) -> Document:
    found = await mongo.collection("outbound").find_one({"_id": message.id})
    assert found is not None
    return found


async def _arrive(
    mongo: Mongo, messages: OutboundMessages, message: OutboundMessage, statuses: Sequence[InboundStatus], at: int
) -> Document:
    """Apply statuses; `at`: how many of them arrive before the provider's answer."""
    await messages.claim(message, "a", NOW)
    reached = status_rank(Status.QUEUED)
    for number, one in enumerate(statuses):
        if number == at:
            await messages.record_accepted(message.id, "a", one.provider_message_id, later(1))
        outcome = await messages.status(one)
        assert outcome is not None
        assert outcome.advanced == (status_rank(one.status) > reached)
        reached = max(reached, status_rank(one.status))
        found = await _stored(mongo, message)
        assert found["rank"] == reached, "it never goes back"
        assert status_rank(Status(found["status"])) == reached
    return await _stored(mongo, message)


async def test_statuses_in_any_order_end_in_the_same_state(messages: OutboundMessages, mongo: Mongo) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        chosen = rng.sample(list(Status), rng.randrange(1, len(Status) + 1))
        ends = await asyncio.gather(
            *(_shuffled(messages, mongo, chosen, rng, ORDERS * seed + number) for number in range(ORDERS))
        )
        assert len(set(ends)) == 1, (chosen, ends)
        assert ends[0][1] == max(status_rank(Status.QUEUED), *map(status_rank, chosen))


async def _shuffled(
    messages: OutboundMessages, mongo: Mongo, chosen: list[Status], rng: random.Random, number: int
) -> tuple[str, int, str]:
    message = outbound(number + 1)
    given = [status(value, message, provider_id=f"wamid.out.{number}") for value in chosen]
    given += [rng.choice(given) for _ in range(rng.randrange(6))]
    rng.shuffle(given)
    end = await _arrive(mongo, messages, message, given, at=rng.randrange(len(given) + 1))
    assert {one["status"] for one in end["statuses"]} == {one.value for one in chosen}
    assert len(end["statuses"]) == len(chosen), "each is kept once"
    return end["status"], end["rank"], end["state"]


async def test_status_with_either_id_is_applied_once(messages: OutboundMessages, mongo: Mongo) -> None:
    """With our id, and later without it, found by the provider's."""
    message = outbound()
    await messages.claim(message, "a", NOW)
    await messages.record_accepted(message.id, "a", "wamid.out", later(1))
    for value in (Status.READ, Status.SENT, Status.READ):
        for ours in (True, False):
            await messages.status(status(value, message, ours=ours))
    found = await _stored(mongo, message)
    assert [one["status"] for one in found["statuses"]] == ["read", "sent"]
    assert found["status"] == "read"


async def test_late_failure_does_not_replace_a_delivery(messages: OutboundMessages, mongo: Mongo) -> None:
    message = outbound()
    await messages.claim(message, "a", NOW)
    await messages.status(status(Status.DELIVERED, message))
    failed = msgspec.structs.replace(status(Status.FAILED, message), occurred_at=later(99))
    await messages.status(failed)
    found = await _stored(mongo, message)
    assert (found["status"], found["state"], found.get("error")) == ("delivered", "sent", None)
    assert found["statuses"][-1]["errors"] == [{"code": "131026", "title": "Message undeliverable"}]
