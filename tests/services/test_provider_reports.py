"""The router's decisions on provider reports: echoes of the business's phone, and customers' preferences."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.ingress.provider_commands import command_of
from services.router.commands.dispatch import decide_command
from services.router.commands.provider_reports import opened_conversation
from shared.decisions import pipeline
from shared.decisions.decision import Decision, DecisionKind
from shared.domain.conversation import Conversation, CustomerChange, CustomerRegistered, Mode
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.content import Content, Edit, Media, MediaKind, Text
from shared.messages.events import EventKind
from shared.messages.inbound import Consent, Provider
from shared.messages.outbound import Author, OnPhoneBody, OutboundMessage
from shared.providers.port import Channel, ParsedConsent, ParsedEcho
from shared.topics import CONVERSATION_EVENTS
from tests.services.builders import NOW, decision_context, inbound, of_kind, workspace

CHANNEL = Channel(
    workspace="acme", id="main", provider=Provider.META, address="+2347000000001", settings={}, secrets={}
)
ADA = "+2348030000001"


def echo(content: Content | str = "Tunde here: 10% off", **values: Any) -> WrittenOnPhone:
    parsed = ParsedEcho(
        recipient="1",
        provider_message_id="wamid.ECHO1",
        identity=ADA,
        content=Text(body=content) if isinstance(content, str) else content,
        sent_at=NOW - timedelta(seconds=2),
        raw=b"{}",
    )
    command = command_of(CHANNEL, parsed, NOW)
    assert isinstance(command, WrittenOnPhone)
    return msgspec.structs.replace(command, **values)


def consent(consent: Consent) -> ConsentChanged:
    said_at = NOW - timedelta(minutes=5)
    parsed = ParsedConsent(recipient="1", identity=ADA, consent=consent, said_at=said_at, raw=b"{}")
    command = command_of(CHANNEL, parsed, NOW)
    assert isinstance(command, ConsentChanged)
    return command


def talking(**values: Any) -> Conversation:
    return msgspec.structs.replace(pipeline.new_conversation(inbound("hi")), turn=3, version=3, **values)


def messages_of(decision: Decision) -> list[OutboundMessage]:
    return [message for _, message in decision.outputs if isinstance(message, OutboundMessage)]


@pytest.mark.parametrize("mode", [Mode.BOT, Mode.CLOSED])
def test_echo_hands_the_conversation_to_agents(mode: Mode) -> None:
    decision = decide_command(decision_context(), talking(mode=mode), echo(), NOW)
    after = decision.conversation
    assert (after.mode, after.assigned_to, after.person_at, after.turn) == (Mode.HUMAN, "phone", NOW, 4)
    (recorded,) = messages_of(decision)
    assert (recorded.author, recorded.turn) == (Author.AGENT, 4)
    assert recorded.body == OnPhoneBody(
        provider_message_id="wamid.ECHO1", text="Tunde here: 10% off", sent_at=NOW - timedelta(seconds=2)
    )
    answer = pipeline.decide_message(decision_context(), after, inbound("When do you open?", number=2), NOW)
    assert answer.kind is DecisionKind.HUMAN


def test_conversation_returns_to_the_bot_when_the_phone_is_silent() -> None:
    patient = workspace(conversing={"return_minutes": 10})
    decision = decide_command(decision_context(patient), talking(), echo(), NOW)
    assert decision.conversation.due_at == NOW + timedelta(minutes=10)


def test_assigned_conversation_stays_with_its_agent_after_an_echo() -> None:
    before = talking(mode=Mode.HUMAN, assigned_to="bo", mode_reason="asked")
    after = decide_command(decision_context(), before, echo(), NOW).conversation
    assert (after.assigned_to, after.mode_reason) == ("bo", "asked")


def test_echo_to_a_new_customer_creates_a_conversation() -> None:
    command = echo()
    before = opened_conversation(command, "customer-1")
    decision = decide_command(decision_context(), before, command, NOW)
    assert (decision.conversation.id, decision.conversation.version) == (command.conversation_id, 1)
    assert decision.effects == (CustomerRegistered(identity=ADA, phone=ADA),)
    assert messages_of(decision)[0].customer_id == "customer-1"


def test_redelivered_echo_makes_the_same_record() -> None:
    first, second = (
        decide_command(decision_context(), talking(), echo(), NOW + timedelta(hours=hours)) for hours in (0, 5)
    )
    assert messages_of(first)[0].id == messages_of(second)[0].id


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Media(kind=MediaKind.IMAGE, media_id="1", caption="The oak one"), "(an image) The oak one"),
        (Edit(provider_message_id="wamid.1", body="20% off"), "(changed an earlier message to: 20% off)"),
    ],
)
def test_echo_content_is_in_the_history_as_text(content: Content, words: str) -> None:
    (recorded,) = messages_of(decide_command(decision_context(), talking(), echo(content), NOW))
    assert isinstance(recorded.body, OnPhoneBody)
    assert recorded.body.text == words


@pytest.mark.parametrize(
    ("reported", "change"),
    [
        (Consent.STOP, CustomerChange(opted_out=True)),
        (Consent.START, CustomerChange(opted_out=False)),
        (Consent.STOP_MARKETING, CustomerChange(marketing=False)),
        (Consent.RESUME_MARKETING, CustomerChange(marketing=True)),
    ],
)
def test_consent_changes_the_customer_as_of_its_time(reported: Consent, change: CustomerChange) -> None:
    decision = decide_command(decision_context(), talking(), consent(reported), NOW)
    assert decision.effects == (
        CustomerRegistered(identity=ADA, phone=ADA),
        msgspec.structs.replace(change, said_at=NOW - timedelta(minutes=5)),
    )
    assert decision.outputs == tuple(
        (CONVERSATION_EVENTS, one) for one in of_kind(decision, EventKind.CUSTOMER_CHANGED)
    )
    assert len(decision.outputs) == 1
    assert decision.conversation.mode is Mode.BOT


@pytest.mark.parametrize(
    ("reported", "kind", "effects"),
    [
        (Consent.STOP, DecisionKind.OPTED_OUT, (CustomerChange(opted_out=True),)),
        (Consent.START, DecisionKind.OPTED_IN, (CustomerChange(opted_out=False),)),
        (Consent.HELP, DecisionKind.NOTHING_SAID, ()),
    ],
)
def test_opt_out_keyword_handled_by_the_provider_is_not_answered(
    reported: Consent, kind: DecisionKind, effects: tuple[CustomerChange, ...]
) -> None:
    message = inbound("ARRET", provider=Provider.TWILIO, consent=reported)
    decision = pipeline.decide_message(decision_context(), talking(provider="twilio"), message, NOW)
    assert (decision.kind, decision.effects) == (kind, effects)
    assert messages_of(decision) == []
