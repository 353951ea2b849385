"""The stages before an answer: limits, loops, opt-out, edits, sessions, opening hours, fragments."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import decide_message
from shared.domain.conversation import Conversation, CustomerChange, MessageEdited, Mode, UnansweredQuestion
from shared.messages.ai import AiRequest
from shared.messages.content import Content, Edit, Revoke
from shared.messages.outbound import OutboundMessage, TextBody
from shared.workspace.config import Conversing
from tests.services.builders import NOW, decision_context, inbound, workspace

SECOND = timedelta(seconds=1)


class Talk:
    """A conversation with one customer."""

    def __init__(self, of: DecisionContext | None = None) -> None:
        self.decision_context = of or decision_context(workspace(bot={"debounce_ms": 0}))
        self.state: Conversation | None = None
        self.number = 0

    def write(self, content: Content | str, at: datetime = NOW) -> Decision:
        self.number += 1
        decision = decide_message(self.decision_context, self.state, inbound(content, number=self.number, at=at), at)
        self.state = decision.conversation
        return decision


def texts_of(decision: Decision) -> list[str]:
    return [
        message.body.body
        for _, message in decision.outputs
        if isinstance(message, OutboundMessage) and isinstance(message.body, TextBody)
    ]


def request_of(decision: Decision) -> AiRequest:
    (request,) = [message for _, message in decision.outputs if isinstance(message, AiRequest)]
    return request


def test_customer_over_the_limit_gets_one_notice_and_answers_after_the_minute() -> None:
    talk = Talk(decision_context(workspace(bot={"mode": "faq"}, conversing={"messages_per_minute": 3})))
    kinds = [talk.write("Where are you?", NOW + number * SECOND).kind for number in range(3)]
    assert kinds == [DecisionKind.FAQ] * 3
    assert texts_of(talk.write("Where are you?", NOW + 3 * SECOND)) == [Conversing().limited]
    for number in range(4, 8):
        quiet = talk.write(f"Where are you {number}?", NOW + number * SECOND)
        assert (quiet.kind, texts_of(quiet)) == (DecisionKind.LIMITED, [])
    assert talk.write("Do you deliver?", NOW + 90 * SECOND).kind is DecisionKind.FAQ


def test_limit_counts_messages_by_arrival_time() -> None:
    talk = Talk(decision_context(workspace(bot={"mode": "faq"}, conversing={"messages_per_minute": 3})))
    after_an_outage = NOW + timedelta(hours=2)
    for number in range(10):
        talk.number += 1
        message = inbound("Where are you?", number=talk.number, at=NOW + number * timedelta(minutes=1))
        decision = decide_message(talk.decision_context, talk.state, message, after_an_outage)
        talk.state = decision.conversation
        assert decision.kind is DecisionKind.FAQ if number < 5 else DecisionKind.LOOP


def test_loop_with_another_bot_ends() -> None:
    talk = Talk()
    texts = ["Hello, this is the assistant of Bo!", "Sorry, I did not understand you."] * 3
    kinds = [talk.write(text, NOW + number * 20 * SECOND).kind for number, text in enumerate(texts)]
    assert kinds[-1] is DecisionKind.LOOP
    assert DecisionKind.LOOP not in kinds[:-1]
    assert talk.state is not None
    assert talk.state.mode is Mode.HUMAN


def test_repeated_short_words_are_no_loop() -> None:
    talk = Talk()
    assert DecisionKind.LOOP not in {talk.write("more", NOW + number * 20 * SECOND).kind for number in range(20)}


def test_opting_out_and_in_changes_the_customer() -> None:
    out = Talk().write("UNSUBSCRIBE")
    assert out.effects == (CustomerChange(opted_out=True),)
    back = Talk(decision_context(customer={"opted_out": True})).write("start")
    assert (back.kind, back.effects) == (DecisionKind.OPTED_IN, (CustomerChange(opted_out=False),))
    assert Talk().write("start").kind is DecisionKind.AI, "no keyword for a customer who is opted in"


@pytest.mark.parametrize(
    ("content", "body"), [(Edit(provider_message_id="w", body="new"), "new"), (Revoke(provider_message_id="w"), None)]
)
def test_edits_and_revocations_change_the_history(content: Content, body: str | None) -> None:
    decision = Talk().write(content)
    assert decision.effects == (MessageEdited(provider_message_id="w", body=body),)
    assert texts_of(decision) == []


def test_session_ends_when_idle_or_closed() -> None:
    talk = Talk()
    began = talk.write("my cup is hot").conversation.session_at
    assert talk.write("very hot", NOW + timedelta(minutes=50)).conversation.session_at == began
    later = NOW + timedelta(minutes=50 + 61)
    assert talk.write("still hot", later).conversation.session_at == later
    assert talk.state is not None
    talk.state = msgspec.structs.replace(talk.state, mode=Mode.CLOSED)
    assert talk.write("again", later + SECOND).conversation.session_at == later + SECOND


HOURS: dict[str, Any] = {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]}  # NOW is a Saturday


def test_customer_who_asks_for_an_agent_gets_the_next_opening_time() -> None:
    decision = Talk(decision_context(workspace(hours=HOURS))).write("agent")
    assert (decision.kind, decision.conversation.mode) == (DecisionKind.HANDED_OFF, Mode.HUMAN)
    assert texts_of(decision) == ["Nobody is here right now. We are back on Monday at 09:00 and will answer then."]
    assert texts_of(Talk(decision_context(workspace(hours=HOURS, bot={"mode": "faq"}))).write("Where are you?")) == [
        "Lagos Island."
    ]


def test_unanswerable_question_is_collected() -> None:
    decision = Talk(decision_context(workspace(bot={"mode": "faq"}))).write("Do you fly?")
    (effect,) = decision.effects
    assert isinstance(effect, UnansweredQuestion)
    assert effect.text == "Do you fly?"


def test_conversation_is_handed_off_over_the_monthly_limit() -> None:
    decision = Talk(decision_context(exceeded="messages_per_month")).write("Where are you?")
    assert (decision.kind, decision.conversation.mode_reason) == (DecisionKind.HANDED_OFF, "limit: messages_per_month")


def test_fragments_are_asked_together_and_only_the_last_request_stands() -> None:
    talk = Talk(decision_context(workspace(bot={"debounce_ms": 800})))
    first = request_of(talk.write("my cup", NOW))
    second = request_of(talk.write("is hot", NOW + SECOND / 2))
    assert first.not_before == NOW + timedelta(milliseconds=800)
    assert second.not_before == NOW + timedelta(milliseconds=1300)
    assert second.message_ids == (*first.message_ids, inbound("", number=2).id)
    assert talk.state is not None
    assert talk.state.fragments is not None
    assert talk.state.fragments.request_id == second.id
    third = request_of(talk.write("and full", NOW + 5 * SECOND))
    assert third.message_ids == (inbound("", number=3).id,), "earlier fragments have been answered"


def test_three_lines_written_three_seconds_apart_are_one_request() -> None:
    talk = Talk(decision_context(workspace()))
    decisions = [talk.write(f"my cup {number}", NOW + number * 3 * SECOND) for number in range(3)]
    first, second, third = map(request_of, decisions)
    assert third.message_ids == (*second.message_ids, inbound("", number=3).id)
    assert second.message_ids == (*first.message_ids, inbound("", number=2).id)
    assert (first.not_before, third.not_before) == (NOW + 3.5 * SECOND, NOW + 8 * SECOND)
    assert "waits 3.5 s for more" in decisions[0].note
    assert "answered together with 2 before it; waits 2.0 s for more" in decisions[2].note


@pytest.mark.parametrize(("debounce_ms", "at_most"), [(1000, 8), (3500, 8), (10_000, 10)])
def test_customer_who_never_stops_writing_is_answered(debounce_ms: int, at_most: int) -> None:
    talk = Talk(decision_context(workspace(bot={"debounce_ms": debounce_ms}, conversing={"messages_per_minute": 0})))
    times = []
    for number in range(9):
        request = request_of(talk.write(f"word {number}", NOW + number * SECOND * 0.9))
        assert request.not_before is not None
        times.append(request.not_before - NOW)
    assert max(times[:9]) == timedelta(seconds=at_most)
    assert len(request_of(talk.write("x", NOW + at_most * SECOND)).message_ids) == 1


def test_faq_match_is_answered_at_once() -> None:
    decision = Talk(decision_context(workspace())).write("Where are you?")
    assert decision.kind is DecisionKind.FAQ
    assert texts_of(decision) == ["Lagos Island."]
