"""A broadcast's message to a customer who has opted out, or was erased, since it was made."""

import io
from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.delivery.broadcasts.results import update_for
from services.delivery.main import retry_lane
from services.delivery.sending.order import OutboundJob
from shared.clock import FixedClock, SystemClock
from shared.domain import ids
from shared.domain.broadcast import Broadcast, RecipientState
from shared.domain.conversation import CustomerChange
from shared.messages.broadcast_content import BroadcastText
from shared.messages.operations import ListedRecipient
from shared.messages.outbound import Author, OutboundMessage
from shared.operations.broadcasts.recipient_file import listed_recipients, read_recipients
from shared.repositories.customers import Customers
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import OutboundState
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Workspace
from tests.repositories.builders import NOW, PHONE, inbound, outbound
from tests.services.send_parts import CHANNEL, Calls, Producer, Sender, message_attempts
from tests.services.test_broadcast_rules import recipient

ADA, BO = PHONE, "+2348099990000"


def by_broadcast(author: Author = Author.BROADCAST) -> OutboundMessage:
    return replace(outbound(), author=author, received_at=SystemClock().now())


@pytest.mark.parametrize("retried", [False, True], ids=["from the queue", "from the retry topic"])
async def test_broadcast_is_not_sent_to_a_customer_who_has_opted_out_since(
    mongo: Mongo, redis: Redis, retried: bool
) -> None:
    message, calls = by_broadcast(), Calls()
    customers, repository = Customers(mongo, "acme"), OutboundMessages(mongo, "acme")
    await customers.record_contact(message.customer_id, inbound(), NOW)
    await customers.apply(message.customer_id, CustomerChange(opted_out=True), "c", NOW)
    if retried:
        await repository.claim(message, "a", NOW, state=OutboundState.WAITING, not_before=NOW)
        stored = await repository.get(message.id)
        assert stored is not None
        message = replace(message, attempt=stored.attempt)
    sender = Sender(calls)
    await message_attempts(mongo, redis, Producer(calls)).deliver(
        OutboundJob(message, CHANNEL, repository), sender, retried=retried
    )
    assert sender.sent == []
    found = (await OutboundHistory(mongo, "acme").progress([message.id]))[message.id]
    assert found.error["code"] == "opted_out"
    step = update_for(recipient(), found, None, NOW)
    assert (step.reached, step.reason) == (RecipientState.SKIPPED, "opted_out")


@pytest.mark.parametrize(("seconds", "sent"), [(60, True), (-6, False)], ids=["just made", "waited six seconds"])
async def test_broadcast_that_waited_for_its_number_is_checked_again(
    mongo: Mongo, redis: Redis, seconds: int, sent: bool
) -> None:
    made = SystemClock().now() + timedelta(seconds=seconds)  # a minute ahead: new however slow the test is
    message, sender = replace(by_broadcast(), created_at=made), Sender(Calls())
    customers = Customers(mongo, "acme")
    await customers.record_contact(message.customer_id, inbound(), NOW)
    await customers.apply(message.customer_id, CustomerChange(opted_out=True), "c", NOW)
    job = OutboundJob(message, CHANNEL, OutboundMessages(mongo, "acme"))
    await message_attempts(mongo, redis, Producer(Calls())).deliver(job, sender, retried=False)
    assert (sender.sent == [message.id]) is sent


async def test_reply_is_sent_to_a_customer_who_has_opted_out(mongo: Mongo, redis: Redis) -> None:
    message, calls = by_broadcast(Author.AGENT), Calls()
    customers = Customers(mongo, "acme")
    await customers.record_contact(message.customer_id, inbound(), NOW)
    await customers.apply(message.customer_id, CustomerChange(opted_out=True), "c", NOW)
    sender = Sender(calls)
    job = OutboundJob(message, CHANNEL, OutboundMessages(mongo, "acme"))
    await message_attempts(mongo, redis, Producer(calls)).deliver(job, sender, retried=False)
    assert sender.sent == [message.id]


def test_no_reply_waits_behind_a_retry_of_a_broadcast() -> None:
    lanes = {retry_lane(by_broadcast(author)) for author in Author if author is not Author.BROADCAST}
    assert lanes == {by_broadcast().conversation_id}
    assert retry_lane(by_broadcast()) not in lanes


async def test_erased_people_are_not_stored_as_recipients(mongo: Mongo, clock: FixedClock) -> None:
    erased = [ids.customer_id("acme", one) for one in (ADA, BO)]
    await Tombstones(mongo, "acme").mark(erased, clock.now())
    await Customers(mongo, "acme").record_contact(erased[1], replace(inbound(), sender=_sender(BO)), NOW)  # again
    file = io.BytesIO(f"phone,name\n{ADA},Ada\n{BO},Bo\n+2348011112222,Cy\n".encode())
    found = await read_recipients(mongo, Workspace(workspace="acme"), "b1", file)
    assert sorted(one.name for one in found.recipients) == ["Bo", "Cy"]
    ((number, reason),) = [(line.number, line.reason) for line in found.rejects]
    assert number == 2
    assert "was erased on" in reason
    broadcast = Broadcast(
        id="b1", workspace="acme", name="b1", channel="main", what=BroadcastText(text="Hi"), created_at=NOW, by="u9"
    )
    listed = [ListedRecipient(identity=one) for one in (ADA, BO)]
    assert [one.identity for one in await listed_recipients(mongo, broadcast, listed)] == [BO]


def _sender(phone: str) -> object:
    return replace(inbound().sender, identity=phone, address=phone[1:], phone=phone)
