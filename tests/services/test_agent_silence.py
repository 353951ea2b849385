"""The silence of agents: the queue keeps conversations, and nobody who waits for an answer is dropped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.conversation import Mode
from shared.messages.commands import AgentMessage, Assign, HandOff, Snooze, TakeOver, TimeUp
from shared.messages.content import Media, MediaKind
from shared.messages.outbound import TextBody
from tests.services.builders import decision_context, workspace
from tests.services.visits import Visit

WEEK = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
TUESDAY = datetime(2026, 3, 17, tzinfo=UTC)
ANSWER: dict[str, Any] = {"body": TextBody(body="I will look at it.")}


def _visit(hour: int, minute: int = 0, **values: Any) -> Visit:
    """Return a conversation that begins on a Tuesday at that time, of a workspace with the usual `return_minutes`."""
    ada = Visit(decision_context(workspace(hours=WEEK, **values)))
    ada.now = TUESDAY.replace(hour=hour, minute=minute)
    return ada


def _time_up(ada: Visit, due_at: datetime | None = None) -> Visit:
    """Send the conversation's timer at its time. due_at: of a conversation that was stored by an older release."""
    assert ada.state is not None
    at = due_at or ada.state.due_at
    assert at is not None
    ada.now = at
    return ada.command(TimeUp, due_at=at)


def test_conversation_waits_in_the_queue_until_an_agent_takes_it() -> None:
    ada = _visit(19).say("can I talk to somebody?")
    assert ada.replies
    assert "tomorrow at 09:00" in ada.replies[0]
    assert ada.state is not None
    assert ada.state.due_at is None
    assert ada.state.waiting_since == ada.now


def test_timer_of_an_older_release_does_not_empty_the_queue() -> None:
    ada = _visit(19).say("can I talk to somebody?")
    waiting = ada.state
    assert waiting is not None
    due = ada.now + timedelta(hours=12)
    ada.state = msgspec.structs.replace(waiting, due_at=due)
    after = _time_up(ada, due).decision.conversation
    assert (after.mode, after.waiting_since, after.due_at) == (Mode.HUMAN, waiting.waiting_since, None)


def test_only_business_hours_count_as_an_agents_silence() -> None:
    ada = _visit(17, 49).say("hello").command(AgentMessage, **ANSWER)
    assert ada.state is not None
    # Ten minutes on Tuesday, nine hours on Wednesday, the rest on Thursday.
    silence = timedelta(minutes=720) - (TUESDAY.replace(hour=18) - ada.now) - timedelta(hours=9)
    assert ada.state.due_at == TUESDAY.replace(day=19, hour=9) + silence


@pytest.mark.parametrize(
    "words", ["And the price?", "thanks, but when?", "?", Media(kind=MediaKind.IMAGE, media_id="1")], ids=str
)
def test_customer_who_waits_for_the_agent_comes_back_to_the_queue(words: Any) -> None:
    ada = _visit(10).say("hello").command(AgentMessage, **ANSWER).wait(minutes=5).say(words)
    asked = ada.now
    ada.say("thanks")
    after = _time_up(ada).decision.conversation
    assert (after.mode, after.assigned_to) == (Mode.HUMAN, "")
    assert (after.waiting_since, after.unanswered_since, after.due_at) == (asked, asked, None)


@pytest.mark.parametrize(
    "words", ["Thanks!", "ok, thank you 🙏", "👍", "muchas gracias, hasta luego", "merci beaucoup"]
)
def test_bot_has_the_conversation_again_when_nobody_waits(words: str) -> None:
    ada = _visit(10).say("hello").command(AgentMessage, **ANSWER).say(words)
    after = _time_up(ada).decision.conversation
    assert (after.mode, after.assigned_to, after.due_at) == (Mode.BOT, "", None)


def test_agents_answer_ends_the_wait() -> None:
    ada = _visit(10).say("hello").command(TakeOver).say("The price?").command(AgentMessage, **ANSWER)
    assert _time_up(ada).decision.conversation.mode is Mode.BOT


def test_assigned_customer_who_never_had_an_answer_comes_back_to_the_queue() -> None:
    ada = _visit(10).say("a person please")
    asked = ada.now
    ada.wait(minutes=9).command(Assign, to="bob")
    after = _time_up(ada).decision.conversation
    assert (after.assigned_to, after.waiting_since) == ("", asked)


def test_wait_outlasts_a_snooze() -> None:
    ada = _visit(10).say("hello").command(AgentMessage, **ANSWER).say("The price?")
    asked = ada.now
    _time_up(ada.command(Snooze, until=ada.now + timedelta(hours=2)))
    assert ada.state is not None
    assert ada.state.assigned_to == "u1"
    assert _time_up(ada).decision.conversation.waiting_since == asked


def test_hand_off_by_a_service_waits_without_limit() -> None:
    ada = _visit(10).say("hello").command(HandOff, reason="no answer")
    assert ada.state is not None
    assert ada.state.due_at is None
