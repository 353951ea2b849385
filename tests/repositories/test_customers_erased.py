"""Erasing a person: nothing of him is left anywhere, nobody else loses anything, and nothing brings him back."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from bson import json_util

from devtools.cli.workspace_session import WorkspaceSession
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.broadcast import Recipient, RecipientState
from shared.domain.conversation import (
    ChangeKind,
    Conversation,
    CustomerChange,
    NoteAdded,
    OrderPlaced,
    RecordedDecision,
    RecordedOutput,
    StateChange,
    UnansweredQuestion,
)
from shared.domain.replays import Difference, Origin, ReplayResult, Said
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.messages.content import Text
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import InboundMessage, Sender
from shared.messages.webhooks import WebhookDelivery
from shared.operations.customers.erasure import erase_customer
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.drafts import Draft, Drafts
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.identities import Identities
from shared.repositories.inbound import InboundMessages
from shared.repositories.job_files import JobFiles
from shared.repositories.media_store import MediaStore, StoredMedia
from shared.repositories.notes import Notes
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.repositories.replay_results import ReplayResults
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.summaries import Summaries, Summary
from shared.repositories.tombstones import Tombstones
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.webhook_log import DELIVERED, LogEntry, WebhookLog
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace
from tests.repositories.builders import NOW, inbound, later, outbound

ADA, BO = "+2348031234567", "+2348099990000"
COLLECTIONS = (
    *("customers", "conversations", "messages", "outbound", "ai_calls", "summaries", "notes", "orders", "unanswered"),
    *("broadcast_recipients", "identities", "conversation_changes", "seen", "drafts", "media", "media_chunks"),
    "webhook_log",
    "replay_results",
)


def message(number: int, phone: str, name: str, workspace: str = "acme", bsuid: str = "") -> InboundMessage:
    sender = Sender(identity=phone, address=phone[1:], phone=phone, name=name, bsuid=bsuid or None)
    base = inbound(number, workspace, sender=sender, content=Text(body=f"I am {name}, call {phone}"))
    return msgspec.structs.replace(
        base,
        conversation_id=ids.conversation_id(workspace, "main", phone),
        raw=msgspec.Raw(msgspec.json.encode({"from": phone[1:], "profile": name})),
    )


def _replayed(workspace: str, said: InboundMessage, customer_id: str) -> ReplayResult:
    answer = Said(origin=Origin.MODEL, text=f"Dear {said.sender.name}")
    return ReplayResult(
        id=f"{workspace}-{said.id}",
        workspace=workspace,
        replay="r1",
        number=1,
        message=said.id,
        conversation_id=said.conversation_id,
        customer_id=customer_id,
        channel="main",
        turn=1,
        at=NOW,
        ends=later(99),
        question=f"I am {said.sender.name}",
        then=answer,
        now=answer,
        difference=Difference.SAME,
    )


def _logged_call(workspace: str, said: InboundMessage, conversation: str) -> LogEntry:
    about: dict[str, Any] = {"workspace": workspace, "correlation_id": said.correlation_id, "created_at": NOW}
    event = ConversationEvent(
        id=f"event-{said.id}",
        kind=EventKind.MESSAGE_RECEIVED,
        conversation_id=conversation,
        message_id=said.id,
        **about,
    )
    delivery = WebhookDelivery(id=f"call-{said.id}", webhook="crm", event=event, **about)
    return LogEntry(delivery=delivery, outcome=DELIVERED, ends_at=later(99))


async def live(mongo: Mongo, phone: str, name: str, first: int, workspace: str = "acme", bsuid: str = "") -> str:
    """All that is stored of a person who wrote, was answered, asked in vain and ordered; the customer's id."""
    said = message(first, phone, name, workspace, bsuid)
    me, talk = ids.customer_id(workspace, phone), said.conversation_id
    answer = msgspec.structs.replace(
        outbound(first, workspace), conversation_id=talk, customer_id=me, address=phone[1:]
    )
    state = Conversation(
        id=talk, workspace=workspace, channel="main", provider="meta", customer_id=me, address=phone[1:], version=1
    )
    output = RecordedOutput("outbound.messages", workspace.encode(), f"to {phone}: dear {name}".encode())
    await Conversations(mongo, workspace).save(
        state, 0, RecordedDecision(cause=said.id, turn=1, decision="ai", outputs=(output,))
    )
    await InboundMessages(mongo, workspace).add(said, turn=1, decision="ai", routed_at=NOW)
    customers = Customers(mongo, workspace)
    await customers.record_contact(me, said, NOW)
    await Identities(mongo, workspace).resolve([(phone,)], NOW)
    await customers.apply(me, CustomerChange(fields={"called": name}, add_tags=("vip",)), said.id, NOW)
    await OutboundMessages(mongo, workspace).claim(answer, "a", NOW)
    call = AiCall(
        id=f"{workspace}-r{first}",
        workspace=workspace,
        conversation_id=talk,
        correlation_id="0" * 32,
        turn=1,
        outputs=(output,),
        requested_at=NOW,
        started_at=NOW,
        finished_at=NOW,
        model="m",
        outcome="answered",
        attempts=1,
    )
    await AiCalls(mongo, workspace).add(call)
    await ReplayResults(mongo, workspace).add(_replayed(workspace, said, me))
    notes = Summary(conversation_id=talk, up_to=1, text=f"{name} can be called on {phone}.", at=NOW)
    await Summaries(mongo, workspace).put(notes)
    line = {"sku": "C1", "name": "Oak coaster", "quantity": 2, "price": "4.50", "total": "9.00"}
    order = OrderPlaced(
        id=ids.output_id(said.id, "order"), number=f"{workspace}-{first}", lines=(line,), total="9.00", currency="USD"
    )
    await Orders(mongo, workspace).place(order, me, talk, NOW)
    await customers.count_order(me, {"number": order.number, "total": "9.00", "currency": "USD"}, said.id, NOW)
    await Notes(mongo, workspace).add(said.id, talk, NoteAdded(text=f"{name} likes tea", turn=1, by="cy"), NOW)
    await UnansweredQuestions(mongo, workspace).add(
        said.id, talk, UnansweredQuestion(text=f"Can you call {name} on {phone}?"), NOW
    )
    changes = ConversationChanges(mongo, workspace)
    await changes.add(said.id, talk, 1, [StateChange(kind=ChangeKind.TAKEN, by="cy", detail=name)], NOW)
    await WebhookLog(mongo, workspace).write([_logged_call(workspace, said, talk)])
    await SeenMarks(mongo, workspace).mark("cy", talk, 1, NOW)
    await Drafts(mongo, workspace).put("cy", talk, Draft(text=f"Dear {name}", at=NOW))
    media = StoredMedia(
        message_id=said.id,
        conversation_id=talk,
        type="image/png",
        size=9,
        sha256="0" * 64,
        filename=f"{name}.png",
        ends=later(99),
    )
    await MediaStore(mongo, workspace).put_chunk(media, 0, f"photo of {name}".encode())
    await MediaStore(mongo, workspace).finish(media)
    await JobFiles(mongo, workspace).put(f"export-{first}", "result", 0, f"{name},{phone}".encode(), later(99))
    recipient = Recipient(id=f"{workspace}-{first}", customer_id=me, identity=phone, name=name)
    await BroadcastRecipients(mongo, workspace).add("spring", [recipient])
    return me


async def everything(mongo: Mongo) -> str:
    """The whole database as text."""
    names = await mongo._database.list_collection_names()
    assert set(COLLECTIONS) <= set(names)
    return "\n".join(
        [
            json_util.dumps(await mongo.collection(name).find({})) + _bytes(await mongo.collection(name).find({}))
            for name in names
        ]
    )


def _bytes(documents: list[dict[str, object]]) -> str:
    return repr(documents)  # bytes are base64 in extended JSON


@pytest.fixture
async def known(mongo: Mongo) -> AsyncIterator[WorkspaceSession]:
    """Acme with Ada and Bo; Ada is known to a rival too."""
    await live(mongo, ADA, "Ada Lovelace", 1, bsuid="NG.ada")
    await live(mongo, BO, "Bo Diddley", 2)
    await live(mongo, ADA, "Ada Lovelace", 1, "rival")
    yield WorkspaceSession(mongo, Workspace(workspace="acme"), Customers(mongo, "acme"), later(60))


async def gone(known: WorkspaceSession, *identities: str, customer_id: str = "") -> ErasureSubject:
    async def settle() -> None:
        """Nobody else is at work here."""

    person = await Eraser(known.mongo, "acme").find(identities, customer_id, ["main"])
    counts = await Eraser(known.mongo, "acme").counts(person)
    assert await erase_customer(known.mongo, known.workspace.workspace, person, FixedClock(later(60)), settle) == counts
    return person


@pytest.mark.parametrize("by", ["phone", "id", "bsuid"])
async def test_erasure_leaves_nothing_of_a_customer(known: WorkspaceSession, by: str) -> None:
    await known.mongo.collection("customers").delete({"workspace": "rival"})
    for name in COLLECTIONS:
        await known.mongo.collection(name).delete({"workspace": "rival"})
    before = await everything(known.mongo)
    traces = (ADA[1:], "Ada", "NG.ada", ids.customer_id("acme", ADA))
    assert all(trace in before for trace in traces)
    if by == "id":
        await gone(known, customer_id=ids.customer_id("acme", ADA))
    else:
        await gone(known, ADA if by == "phone" else "bsuid:NG.ada")
    after = await everything(known.mongo)
    assert [trace for trace in traces if trace in after] == []
    assert "Bo Diddley" in after
    assert "Oak coaster" in after


async def test_erasure_leaves_other_customers_unchanged(known: WorkspaceSession) -> None:
    others = {"$or": [{"workspace": "rival"}, {"conversation_id": ids.conversation_id("acme", "main", BO)}]}
    before = {name: await known.mongo.collection(name).find(others) for name in COLLECTIONS}
    await gone(known, ADA)
    assert {name: await known.mongo.collection(name).find(others) for name in COLLECTIONS} == before
    assert await known.customers.get(ids.customer_id("acme", BO)) is not None


async def test_broadcast_through_a_number_that_has_left_the_workspace_is_erased(known: WorkspaceSession) -> None:
    me, left = ids.customer_id("acme", ADA), ids.conversation_id("acme", "gone", ADA)
    sent = msgspec.structs.replace(outbound(7), conversation_id=left, customer_id=me, channel="gone")
    await OutboundMessages(known.mongo, "acme").claim(sent, "a", NOW)
    recipients = BroadcastRecipients(known.mongo, "acme")
    reached = [("acme-1", left), ("acme-2", ids.conversation_id("acme", "main", BO))]
    for id_, conversation in reached:  # Bo has one of the conversations by now
        await recipients.add("winter", [Recipient(id=f"w{id_}", customer_id=me, identity=ADA)])
        step: dict[str, Any] = {
            "was": RecipientState.PENDING,
            "reached": RecipientState.SENT,
            "queued": True,
            "message_id": sent.id,
        }
        await recipients.update([RecipientUpdate(id=f"w{id_}", conversation_id=conversation, **step)], NOW)
    person = await gone(known, ADA)
    assert left in person.conversation_ids
    assert ids.conversation_id("acme", "main", BO) not in person.conversation_ids
    assert await known.mongo.collection("outbound").find({"customer_id": me, "workspace": "acme"}) == []


async def test_order_of_an_erased_customer_is_kept_without_personal_data(known: WorkspaceSession) -> None:
    await gone(known, ADA)
    order = await Orders(known.mongo, "acme").get("acme-1")
    assert order is not None
    assert (order.total, order.lines[0].name, order.customer_id, order.conversation_id) == (
        "9.00",
        "Oak coaster",
        "",
        "",
    )


async def test_second_erasure_finds_and_changes_nothing(known: WorkspaceSession) -> None:
    await gone(known, ADA)
    before = await everything(known.mongo)
    person = await gone(known, ADA)
    assert not any((await Eraser(known.mongo, "acme").counts(person)).values())
    assert await everything(known.mongo) == before


async def test_remaining_data_is_found_without_a_customer_record(known: WorkspaceSession) -> None:
    """An erasure that broke off, or a record that came through meanwhile."""
    await known.mongo.collection("customers").delete({"_id": ids.customer_id("acme", ADA)})
    await gone(known, ADA)
    found = await known.mongo.collection("messages").find({"workspace": "acme"})
    assert [one["conversation_id"] for one in found] == [ids.conversation_id("acme", "main", BO)]


async def test_counting_erasable_records_changes_nothing(known: WorkspaceSession) -> None:
    before = await everything(known.mongo)
    person = await Eraser(known.mongo, "acme").find([ADA], "", ["main"])
    of_all = {"job_files": 2}  # of the workspace: each may name the customer
    assert await Eraser(known.mongo, "acme").counts(person) == dict.fromkeys(COLLECTIONS, 1) | of_all
    assert await everything(known.mongo) == before


async def has_moved(known: WorkspaceSession, new: str) -> None:
    """Ada has another number: she keeps her key, and ADA is free."""
    links = Identities(known.mongo, "acme")
    await links.resolve([(ADA, "bsuid:NG.ada")], NOW)
    await links.assign(ADA, [new], later(9))
    await known.customers.change_address(ids.customer_id("acme", ADA), new, None)
    await links.release(ADA, ADA)


async def newcomer(known: WorkspaceSession) -> str:
    """The key of who uses ADA next."""
    (found,) = await Identities(known.mongo, "acme").resolve([(ADA,)], later(10))
    assert found.key != ADA
    return found.key


def of(key: str, name: str) -> InboundMessage:
    """A message from ADA's new owner."""
    base = message(9, ADA, name)
    return msgspec.structs.replace(
        base,
        sender=msgspec.structs.replace(base.sender, identity=key),
        conversation_id=ids.conversation_id("acme", "main", key),
    )


async def test_customer_with_two_identities_is_erased_under_both(known: WorkspaceSession) -> None:
    links = Identities(known.mongo, "acme")
    await links.resolve([(ADA, "bsuid:NG.ada2")], NOW)  # seen by ingress, in no customer's document yet
    person = await gone(known, "bsuid:NG.ada2")
    assert set(person.identities) == {ADA, "bsuid:NG.ada", "bsuid:NG.ada2"}
    erasures = ErasureGuard(known.mongo, FixedClock(NOW))
    for identity in person.identities:
        assert await erasures.since("acme", identity) == later(60)
    left = await known.mongo.collection("identities").find({"workspace": "acme"})
    assert [link["identity"] for link in left if "identity" in link] == [BO]
    (again,) = await links.resolve([("bsuid:NG.ada",)], later(90))
    assert again.key == "bsuid:NG.ada", "who writes again is a new customer"


async def test_customer_with_a_changed_number_is_erased_under_both_numbers(known: WorkspaceSession) -> None:
    new = "+2348055550199"
    await has_moved(known, new)
    person = await gone(known, new)
    assert set(person.identities) >= {ADA, new}
    assert person.shared == ()
    erasures = ErasureGuard(known.mongo, FixedClock(NOW))
    for identity in (ADA, new, "bsuid:NG.ada"):
        assert await erasures.since("acme", identity) == later(60)
    assert (
        await known.mongo.collection("messages").find({"conversation_id": ids.conversation_id("acme", "main", ADA)})
        == []
    )


async def test_erasure_of_a_numbers_former_owner_keeps_its_present_owner(known: WorkspaceSession) -> None:
    new = "+2348055550199"
    await has_moved(known, new)
    await known.customers.record_contact(
        ids.customer_id("acme", key := await newcomer(known)), of(key, "Chi"), later(10)
    )
    person = await gone(known, new)
    assert person.shared == (ADA,)
    assert [one["name"] for one in await known.customers.find(ADA)] == ["Chi"]
    key = await newcomer(known)
    assert await Tombstones(known.mongo, "acme").since(ids.customer_id("acme", key)) is None


async def test_number_means_its_present_owner(known: WorkspaceSession) -> None:
    new = "+2348055550199"
    await has_moved(known, new)
    await known.customers.record_contact(
        ids.customer_id("acme", key := await newcomer(known)), of(key, "Chi"), later(10)
    )
    await gone(known, ADA)
    assert [one["name"] for one in await known.customers.find(new)] == ["Ada Lovelace"]


async def test_tombstone_holds_no_personal_data_and_blocks_replays(known: WorkspaceSession, clock: FixedClock) -> None:
    await gone(known, ADA)
    found = await known.mongo.collection("erased").find({"workspace": "acme"})
    assert {tuple(sorted(one)) for one in found} == {("_id", "erased_at", "workspace"), ("_id", "kind", "workspace")}
    assert await Tombstones(known.mongo, "acme").had_message(message(1, ADA, "Ada").id)
    assert not await Tombstones(known.mongo, "acme").had_message(message(2, ADA, "Ada").id)
    assert not await Tombstones(known.mongo, "rival").had_message(message(1, ADA, "Ada").id)
    erasures = ErasureGuard(known.mongo, clock)
    for who in (ADA, ids.customer_id("acme", ADA)):
        assert await erasures.forbid("acme", who, message(1, ADA, "Ada").created_at)
        assert await erasures.forbid("acme", who, later(60))
        assert not await erasures.forbid("acme", who, later(60.001)), "who writes again is a new customer"
    assert not await erasures.forbid("acme", BO, NOW)
    assert not await erasures.forbid("rival", ADA, NOW)
