"""The simulator answers as the router where flows have no say: words that count everywhere, sessions, hand-offs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision
from shared.decisions.pipeline import decide_message
from shared.domain.conversation import Conversation, CustomerChange, Mode
from shared.faq.index import FaqIndex
from shared.flows.engine.book import FlowBook
from shared.flows.engine.outcome import FlowOutcome
from shared.flows.load import read_flow
from shared.messages.content import Choice, ChoiceKind, Content, Media, MediaKind, Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.operations.flows.own_answers import OwnAnswer
from shared.operations.flows.session import FlowSession
from shared.operations.flows.trials import Heard, input_of, perform
from shared.workspace.config import Workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FLOW = read_flow(
    """
flow: table
triggers: {keywords: [table], first_message: true, referrals: ["42"]}
steps:
  guests:
    ask: "For how many people?"
    save: guests
    type: integer
  who:
    choose: "All right?"
    options: {Talk to a person: person, Good: end}
  person:
    hand_off: a table
"""
)
WORKSPACE = Workspace.model_validate({"workspace": "acme", "name": "Acme"})
"""Flows answer, and `session_minutes` is 60."""

CASES: dict[str, tuple[Content, ...]] = {
    "stop in a flow": (Text(body="table"), Text(body="Stop!")),
    "start after stop": (Text(body="stop"), Text(body="start")),
    "asking for a person": (Text(body="table"), Text(body="I want to talk to a person")),
    "help leaves a flow": (Text(body="table"), Text(body="help")),
    "a sticker is not answered": (Text(body="table"), Media(kind=MediaKind.STICKER, media_id="1")),
    "after a hand-off nobody answers": (Text(body="talk to a person"), Text(body="table")),
    "stop counts after a hand-off": (Text(body="talk to a person"), Text(body="stop")),
    "a button of the flow is not a request for a person": (
        *(Text(body="table"), Text(body="4")),
        Choice(kind=ChoiceKind.BUTTON, id="Talk to a person", title="Talk to a person"),
    ),
    "a button of an earlier message is a request for a person": (
        *(Text(body="table"), Text(body="4")),
        Choice(kind=ChoiceKind.BUTTON, id="earlier", title="Talk to an agent"),
    ),
    "a button below a template before a question without options": (
        Text(body="table"),
        Choice(kind=ChoiceKind.QUICK_REPLY, id="agent", title="Agent"),
    ),
    "an answer": (Text(body="table"), Text(body="four hundred and more")),
    "a first message of any words": (Text(body="good evening"),),
}


@pytest.mark.parametrize("case", CASES)
def test_the_simulator_decides_as_the_router(case: str) -> None:
    session = FlowSession([FLOW], WORKSPACE, NOW, silent=True)
    conversation: Conversation | None = None
    customer: dict[str, Any] = dict(session.customer)
    for number, content in enumerate(CASES[case]):
        now = NOW + timedelta(seconds=number)
        message = _message(number, content, now)
        context = DecisionContext(workspace=WORKSPACE, faq=FaqIndex([]), customer=customer, book=FlowBook([FLOW]))
        decision = decide_message(context, conversation, message, now)
        conversation = decision.conversation
        outcome = session.hear(_input(content))
        list(session.wait(timedelta(seconds=1)))
        customer = dict(session.customer)
        assert _where(outcome, session) == _stored(decision)


def test_a_button_leaves_the_flow_for_a_person_only_if_the_flow_does_not_offer_it() -> None:
    for title, with_person in (("Talk to an agent", True), ("Good", False)):
        session = FlowSession([FLOW], WORKSPACE, NOW, silent=True)
        for content in (Text(body="table"), Text(body="4"), Choice(kind=ChoiceKind.BUTTON, id=title, title=title)):
            session.hear(_input(content))
        assert session.with_person is with_person


def test_titles_of_buttons_do_not_change_the_language() -> None:
    session = FlowSession([FLOW], WORKSPACE.model_copy(update={"languages": ("en", "es")}), NOW)
    session.hear(_input(Text(body="Hello, at what time do you open today?")))
    title = "Quiero hablar con ustedes, por favor"
    session.hear(_input(Choice(kind=ChoiceKind.BUTTON, id="more", title=title)))
    found = session.language
    session.hear(_input(Text(body=title)))
    assert (found, session.language) == ("en", "es")


def test_a_flow_without_a_time_out_is_forgotten_with_the_session() -> None:
    session = FlowSession([FLOW], WORKSPACE, NOW, silent=True)
    session.hear(_input(Text(body="table")))
    list(session.wait(timedelta(minutes=61)))
    outcome = session.hear(_input(Text(body="4")))  # the first message of a new session: the flow begins anew
    assert outcome.trail == (("table", "guests"),)


def test_a_conversation_stays_in_the_queue_after_a_hand_off() -> None:
    session = FlowSession([FLOW], WORKSPACE, NOW)
    session.hear(_input(Text(body="agent")))
    held = session.with_person
    assert held
    assert [type(one) for one in session.begin("table")] == [OwnAnswer]
    list(session.wait(timedelta(days=3)))
    assert session.with_person
    assert not session.hear(_input(Text(body="table"))).trail


def test_a_flow_begins_by_an_ad() -> None:
    session = FlowSession([FLOW], WORKSPACE, NOW)
    list(session.begin("nobody"))  # the customer has written before
    assert not perform(session, Heard(text="what is this?"), "table")[0].trail
    assert perform(session, Heard(text="what is this?", ad="42"), "table")[0].trail


def _input(content: Content) -> Any:
    match content:
        case Text(body=body):
            return input_of(Heard(text=body))
        case Choice(id=id_, title=title):
            return input_of(Heard(button=id_, title=title))
        case Media(kind=kind):
            return input_of(Heard(media=kind))
    raise AssertionError(content)


def _message(number: int, content: Content, now: datetime) -> InboundMessage:
    return InboundMessage(
        id=f"message-{number}",
        workspace="acme",
        correlation_id=f"message-{number}",
        created_at=now,
        provider=Provider.META,
        channel="main",
        conversation_id="conversation",
        provider_message_id=f"wamid.{number}",
        sender=Sender(identity="+2348035550101", address="+2348035550101"),
        content=content,
        sent_at=now,
    )


def _where(outcome: FlowOutcome, session: FlowSession) -> tuple[object, ...]:
    return session.position and session.position.step, session.with_person, session.customer["opted_out"]


def _stored(decision: Decision) -> tuple[object, ...]:
    state = decision.conversation
    changes = [one.opted_out for one in decision.effects if isinstance(one, CustomerChange)]
    opted_out = any(changes)
    return state.flow and state.flow.step, state.mode is Mode.HUMAN, opted_out
