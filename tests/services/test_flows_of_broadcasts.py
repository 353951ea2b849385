"""A flow that a broadcast began sends nothing by itself to a customer who has opted out."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from services.delivery.sending.order import OutboundJob
from services.delivery.sending.window import WindowClosed, choose_replacement
from shared.clock import SystemClock
from shared.decisions.decision import DecisionKind
from shared.domain.conversation import CustomerChange, Mode
from shared.domain.customer import customer_view
from shared.messages.commands import BROADCAST, StartFlow, TimeUp
from shared.messages.outbound import Author, OutboundMessage
from shared.repositories.customers import Customers
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.templates.definitions import WindowTemplate
from tests.repositories.builders import NOW, outbound
from tests.repositories.builders import inbound as stored_inbound
from tests.services.flow_builders import flow
from tests.services.send_parts import CHANNEL, Calls, Producer, Sender, message_attempts
from tests.services.visits import Visit, visit

OFFER = flow(
    "  offer: {choose: A sale!, options: {More: more, No: end}, timeout: {after: 1h, then: again}}\n"
    "  more: {ask: 'For whom?', save: who, timeout: {after: 1h, then: again}}\n"
    "  again: {text: It ends today!, next: asked}\n"
    "  asked: {wait: 1h, then: person}\n"
    "  person: {hand_off: the sale}\n"
)
OPTED_OUT = [{"opted_out": True}, {"opted_out": True, "opted_out_of": "marketing"}]


def offered(by: str = BROADCAST) -> Visit:
    """A customer who wrote this morning, and has the offer."""
    ada = visit(OFFER).say("hi").wait(minutes=30)
    return ada.command(StartFlow, flow="f", by=by)


def opted_out(ada: Visit, **consent: object) -> Visit:
    customer = customer_view(None) | consent
    ada.decision_context = replace(ada.decision_context, customer=customer)
    return ada


def time_up(ada: Visit) -> Visit:
    assert ada.state is not None
    assert ada.state.due_at is not None
    ada.now = ada.state.due_at
    return ada.command(TimeUp, due_at=ada.state.due_at, by="system")


def sent(ada: Visit) -> list[OutboundMessage]:
    return [message for _, message in ada.decision.outputs if isinstance(message, OutboundMessage)]


@pytest.mark.parametrize("consent", OPTED_OUT, ids=["all", "marketing"])
def test_broadcast_starts_no_flow_for_a_customer_who_has_opted_out(consent: dict[str, object]) -> None:
    ada = opted_out(visit(OFFER).say("hi"), **consent).command(StartFlow, flow="f", by=BROADCAST)
    assert (ada.kind, sent(ada)) == (DecisionKind.VOID, [])
    assert ada.decision.conversation.flow is None
    assert opted_out(offered("u1")).replies == ["A sale!"]


@pytest.mark.parametrize("consent", OPTED_OUT, ids=["all", "marketing"])
@pytest.mark.parametrize("answered", [False, True])
def test_time_out_sends_nothing_after_an_opt_out(answered: bool, consent: dict[str, object]) -> None:
    ada = offered()
    ada = ada.say("More") if answered else ada
    assert time_up(opted_out(ada, **consent)).replies == []
    assert ada.decision.conversation.flow is None


def test_time_out_is_sent_to_others() -> None:
    assert time_up(offered()).replies == ["It ends today!"]
    assert time_up(opted_out(offered("u1"), opted_out=True)).replies == ["It ends today!"]


def test_answers_to_the_customer_are_sent_after_an_opt_out() -> None:
    ada = opted_out(offered(), opted_out=True, opted_out_of="marketing").say("More")
    assert (ada.replies, [message.of_broadcast for message in sent(ada)]) == (["For whom?"], [False])


def test_hand_off_takes_place_without_a_word_after_an_opt_out() -> None:
    ada = time_up(opted_out(time_up(offered()), opted_out=True))
    assert ada.replies == []
    assert ada.decision.conversation.mode is Mode.HUMAN


def test_messages_are_the_broadcasts_until_the_customer_writes() -> None:
    ada = offered()
    assert [message.of_broadcast for message in sent(ada)] == [True]
    assert [message.of_broadcast for message in sent(time_up(ada))] == [True]
    assert [message.of_broadcast for message in sent(time_up(offered().say("More")))] == [False]
    assert [message.of_broadcast for message in sent(offered("u1"))] == [False]


async def test_held_message_of_the_flow_is_not_sent_after_an_opt_out(mongo: Mongo, redis: Redis) -> None:
    message = changed(outbound(), author=Author.FLOW, broadcast_flow=True, received_at=SystemClock().now())
    customers, repository = Customers(mongo, "acme"), OutboundMessages(mongo, "acme")
    await customers.record_contact(message.customer_id, stored_inbound(), NOW)
    await customers.apply(message.customer_id, CustomerChange(opted_out=True), "c", NOW)
    sender = Sender(Calls())
    attempts = message_attempts(mongo, redis, Producer(Calls()))
    await attempts.deliver(OutboundJob(message, CHANNEL, repository), sender, retried=False)
    assert sender.sent == []
    stored = await repository.message(message.id)
    assert stored is not None
    assert stored.of_broadcast


def test_message_of_the_flow_is_not_replaced_by_a_template() -> None:
    general = WindowTemplate(name="news", language="en")
    message = changed(outbound(), author=Author.FLOW)
    assert not isinstance(choose_replacement(message, general), WindowClosed)
    assert isinstance(choose_replacement(changed(message, broadcast_flow=True), general), WindowClosed)
