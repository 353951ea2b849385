"""A button below another message than the flow's present question answers no question, though it has the same id."""

from dataclasses import replace
from typing import Any

import pytest

from shared.decisions.context import PressedMessage
from shared.decisions.decision import DecisionKind
from shared.domain.conversation import CustomerChange
from shared.flows import load
from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.messages.content import Choice, ChoiceKind
from shared.messages.inbound import Context
from shared.messages.outbound import Author, OutboundMessage
from shared.repositories.flows import Flows
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from tests.services.builders import FAQS, NOW
from tests.services.flow_builders import flow
from tests.services.router_replicas import Business
from tests.services.visits import Visit, visit

FLOW = flow(
    "  tea: {choose: 'Tea?', options: {Yes: all, No: end}}\n"
    "  all: {choose: 'Delete all?', options: {Yes: gone, No: end}}\n"
    "  gone: {ask: 'Gone. Why?', save: why}\n",
    triggers={"keywords": ["go"]},
)


def press(title: str, id_: str = "") -> Choice:
    return Choice(kind=ChoiceKind.BUTTON, id=id_ or title, title=title)


def pressed(ada: Visit, button: Choice, *, cause: str, author: Author = Author.FLOW) -> Visit:
    ada.decision_context = replace(ada.decision_context, pressed=PressedMessage(cause, author))
    ada.say(button, context=Context(reply_to="wamid.out"))
    ada.decision_context = replace(ada.decision_context, pressed=None)
    return ada


def cause_of(ada: Visit) -> str:
    """Return the record that led to the last messages."""
    return next(message.cause for _, message in ada.decision.outputs if isinstance(message, OutboundMessage))


def asked_twice(source: str = FLOW) -> tuple[Visit, str]:
    """Return a customer at the second question, and the record that led to the first one."""
    ada = visit(source).say("go")
    first = cause_of(ada)
    return ada.say("Yes"), first


def test_button_of_an_earlier_question_is_not_answered() -> None:
    ada, first = asked_twice()
    before = ada.decision.conversation.flow
    assert pressed(ada, press("Yes"), cause=first).replies == []
    assert (ada.kind, ada.decision.conversation.flow) == (DecisionKind.NOTHING_SAID, before)


def test_button_of_the_present_question_is_an_answer_also_after_it_was_asked_again() -> None:
    for again in (False, True):
        ada, _ = asked_twice()
        causes = [cause_of(ada), cause_of(ada.say("what"))]
        assert pressed(ada, press("Yes"), cause=causes[again]).replies == ["Gone. Why?"]


def test_button_of_a_broadcast_is_left_to_others() -> None:
    ada, _ = asked_twice()
    before = ada.decision.conversation.flow
    assert pressed(ada, press("Yes"), cause="b1", author=Author.BROADCAST).kind is DecisionKind.AI
    assert ada.decision.conversation.flow == before


def test_opt_out_below_a_broadcast_counts_beside_an_option_of_that_name() -> None:
    ada = visit(flow("  one: {choose: 'Which?', options: {Alta: end, Baja: end}}\n", triggers={"keywords": ["go"]}))
    ada.say("go")
    assert pressed(ada, press("Baja"), cause="b1", author=Author.BROADCAST).kind is DecisionKind.OPTED_OUT
    assert CustomerChange(opted_out=True) in ada.decision.effects


def test_button_of_the_shop_is_the_shops_beside_an_option_of_that_name() -> None:
    source = flow("  one: {choose: 'Which?', options: {Catalogue: end, Cart: end}}\n", triggers={"keywords": ["go"]})
    ada = pressed(visit(source).say("go"), press("Catalogue", "shop:catalogue"), cause="m0")
    assert ada.kind is DecisionKind.SHOP


async def step(business: Business) -> str:
    position = (await business.state()).flow
    return position.step if position is not None else ""


@pytest.mark.parametrize("known", [True, False])
async def test_router_looks_up_the_message_that_was_pressed(mongo: Mongo, known: bool) -> None:
    version = load.read_flow(FLOW).version
    await Flows(mongo, "acme").put("f", version, FLOW, NOW)
    stored: dict[str, Any] = {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": []}
    stored |= {"revision": 1, "flows": [{"name": "f", "version": version}], "bot": {"mode": "flow"}}
    await mongo.collection("workspaces").insert(stored)
    business = Business(mongo)
    router = business.router()
    for number, said in enumerate(("go", "Yes"), 1):
        await router.on_message(business.message(number, said))
    sent = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in business.kafka.records]
    outbound = OutboundMessages(mongo, "acme")
    questions = [one for one in sent if isinstance(one, OutboundMessage)]
    assert len(questions) == 2
    for number, question in enumerate(questions if known else (), 1):
        await outbound.claim(question, "a", NOW)
        await outbound.record_accepted(question.id, "a", f"wamid.q{number}", NOW)
    await router.on_message(business.message(3, content=press("Yes"), context=Context(reply_to="wamid.q1")))
    assert await step(business) == ("all" if known else "gone")
    if known:
        await router.on_message(business.message(4, content=press("Yes"), context=Context(reply_to="wamid.q2")))
        assert await step(business) == "gone"
