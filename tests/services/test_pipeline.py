"""The router's decision on a customer's message: every stage, and invariants for any text."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import (
    ai_answer_may_be_delivered,
    decide_message,
    new_conversation,
    without_pending_ai_answer,
)
from shared.domain.conversation import Conversation, CustomerChange, Mode
from shared.messages.ai import AiRequest
from shared.messages.commands import ConversationCommand
from shared.messages.content import (
    CatalogOrder,
    Choice,
    ChoiceKind,
    Contacts,
    Content,
    Edit,
    Location,
    Media,
    MediaKind,
    Reaction,
    Revoke,
    System,
    Unsupported,
    Welcome,
)
from shared.messages.events import ConversationEvent
from shared.messages.inbound import Consent, InboundMessage, Provider
from shared.messages.outbound import OutboundMessage, TextBody
from shared.workspace.config import Conversing
from tests.services.builders import NOW, decision_context, inbound, workspace


def _decide(message: InboundMessage, before: Conversation | None = None, **bot: Any) -> Decision:
    return decide_message(decision_context(workspace(bot=bot)), before, message, NOW)


def _texts(decision: Decision) -> list[str]:
    sent = [message for _, message in decision.outputs if isinstance(message, OutboundMessage)]
    return [message.body.body for message in sent if isinstance(message.body, TextBody)]


def _made(decision: Decision, kind: type) -> list[Any]:
    return [message for _, message in decision.outputs if isinstance(message, kind)]


def _in_mode(mode: Mode) -> Conversation:
    return msgspec.structs.replace(new_conversation(inbound("hello")), mode=mode, turn=4, version=9)


@dataclass(frozen=True)
class Case:
    name: str
    content: Content | str
    kind: DecisionKind
    texts: tuple[str, ...] = ()
    mode: Mode = Mode.BOT
    bot: str = "hybrid"
    before: Mode | None = None
    limited: bool = False


CANNOT_READ = Conversing().unsupported
STOPPED = Conversing().stopped
CASES = (
    Case("an FAQ question gets its answer", "What are your opening hours?", DecisionKind.FAQ, ("9 to 5.",)),
    Case("a variant in capitals gets its answer", "WHEN DO YOU OPEN?!", DecisionKind.FAQ, ("9 to 5.",)),
    Case("a question unknown to the FAQ goes to the model", "my cup is hot", DecisionKind.AI),
    Case("an AI bot asks the model even for FAQ questions", "Where are you?", DecisionKind.AI, bot="ai"),
    Case(
        "an FAQ bot without a match hands off",
        "my cup is hot",
        DecisionKind.NO_ANSWER,
        ("I don't know that one. A colleague will get back to you here.",),
        Mode.HUMAN,
        bot="faq",
    ),
    Case(
        "a flow bot without a flow hands off",
        "my cup is hot",
        DecisionKind.NO_ANSWER,
        ("I don't know that one. A colleague will get back to you here.",),
        Mode.HUMAN,
        bot="flow",
    ),
    Case("a request for an agent hands off", " Agent! ", DecisionKind.HANDED_OFF, ("Soon.",), Mode.HUMAN),
    Case("the word `agent` within a sentence does not hand off", "is the agent in?", DecisionKind.AI),
    Case(
        "nothing is sent while an agent has the conversation",
        "Where are you?",
        DecisionKind.HUMAN,
        (),
        Mode.HUMAN,
        before=Mode.HUMAN,
    ),
    Case(
        "a repeated request for an agent changes nothing",
        "agent",
        DecisionKind.HUMAN,
        (),
        Mode.HUMAN,
        before=Mode.HUMAN,
    ),
    Case(
        "a closed conversation reopens with the bot",
        "Where are you?",
        DecisionKind.FAQ,
        ("Lagos Island.",),
        before=Mode.CLOSED,
    ),
    Case("nothing is sent above the limit", "Where are you?", DecisionKind.LIMITED, limited=True),
    Case("no hand-off above the limit", "agent", DecisionKind.LIMITED, limited=True),
    Case(
        "an opt-out counts above the limit, unconfirmed",
        "please stop messaging me",
        DecisionKind.OPTED_OUT,
        limited=True,
    ),
    Case("a picture goes to the model", Media(kind=MediaKind.IMAGE, media_id="1"), DecisionKind.AI),
    Case(
        "a picture with a question as its caption gets the FAQ's answer",
        Media(kind=MediaKind.IMAGE, media_id="1", caption="Where are you?"),
        DecisionKind.FAQ,
        ("Lagos Island.",),
    ),
    Case(
        "a button counts as its title",
        Choice(kind=ChoiceKind.BUTTON, id="b", title="Agent"),
        DecisionKind.HANDED_OFF,
        ("Soon.",),
        Mode.HUMAN,
    ),
    Case("a location goes to the model", Location(latitude=6.4, longitude=3.4), DecisionKind.AI),
    Case("an order goes to the model", CatalogOrder(catalog_id="c"), DecisionKind.AI),
    Case("address cards go to the model", Contacts(names=("Ada",)), DecisionKind.AI),
    Case(
        "an unsupported message gets a polite answer", Unsupported(type="poll"), DecisionKind.UNREADABLE, (CANNOT_READ,)
    ),
    Case(
        "a voice message gets a polite answer",
        Media(kind=MediaKind.AUDIO, voice=True),
        DecisionKind.UNREADABLE,
        (CANNOT_READ,),
    ),
    Case("a sticker is not answered", Media(kind=MediaKind.STICKER), DecisionKind.NOTHING_SAID),
    Case("STOP opts out", "STOP!", DecisionKind.OPTED_OUT, (STOPPED,)),
    Case(
        "STOP opts out while an agent has the conversation",
        "stop",
        DecisionKind.OPTED_OUT,
        (STOPPED,),
        Mode.HUMAN,
        before=Mode.HUMAN,
    ),
    Case("`stop` within a sentence does not opt out", "please stop the machine when it is done", DecisionKind.AI),
    Case("an empty text goes to the model", "", DecisionKind.AI),
    Case("a reaction is not answered", Reaction(provider_message_id="w", emoji="+"), DecisionKind.NOTHING_SAID),
    Case("an edit is not answered", Edit(provider_message_id="w", body="agent"), DecisionKind.NOTHING_SAID),
    Case("a revocation is not answered", Revoke(provider_message_id="w"), DecisionKind.NOTHING_SAID),
    Case("a changed number is not answered", System(kind="user_changed_number"), DecisionKind.NOTHING_SAID),
    Case("an opened chat is not answered", Welcome(), DecisionKind.NOTHING_SAID),
)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_message_gets_the_decision_of_its_state_and_mode(case: Case) -> None:
    before = _in_mode(case.before) if case.before else None
    decision = _decide(inbound(case.content, limited=case.limited), before, mode=case.bot, handoff_reply="Soon.")
    assert (decision.kind, _texts(decision), decision.conversation.mode) == (case.kind, list(case.texts), case.mode)
    assert len(_made(decision, AiRequest)) == (case.kind is DecisionKind.AI)


@pytest.mark.parametrize("message", [inbound("STOP", limited=True), inbound("x", limited=True, consent=Consent.STOP)])
def test_flood_does_not_prevent_an_opt_out(message: InboundMessage) -> None:
    decision = _decide(message)
    assert decision.kind is DecisionKind.OPTED_OUT
    assert CustomerChange(opted_out=True) in decision.effects
    assert _texts(decision) == []


def test_each_message_increments_turn_and_version() -> None:
    first = _decide(inbound("hello", number=1)).conversation
    second = _decide(inbound("hello", number=2), first).conversation
    assert [(state.turn, state.version, state.last_message) for state in (first, second)] == [
        (1, 1, "wamid.1"),
        (2, 2, "wamid.2"),
    ]


def test_ai_request_names_the_turn_and_the_message() -> None:
    message = inbound("my cup is hot")
    decision = _decide(message, _in_mode(Mode.BOT))
    (request,) = _made(decision, AiRequest)
    assert (request.turn, request.message_ids, request.address) == (5, (message.id,), "2348030000001")
    assert request.correlation_id == message.correlation_id


def test_only_a_changed_mode_is_published() -> None:
    changed = [event.kind for event in _made(_decide(inbound("agent")), ConversationEvent)]
    kept = [event.kind for event in _made(_decide(inbound("Where are you?")), ConversationEvent)]
    assert (changed, kept) == (["message.received", "conversation.updated"], ["message.received"])


def test_message_is_marked_read_and_typing_is_shown_only_for_a_model() -> None:
    for text, typing in (("Where are you?", False), ("my cup is hot", True)):
        (shown,) = [event.presence for event in _made(_decide(inbound(text)), ConversationEvent) if event.presence]
        assert (shown.provider_message_id, shown.turn, shown.typing) == ("wamid.1", 1, typing)


def test_message_for_an_agent_is_not_marked_read() -> None:
    assert not any(event.presence for event in _made(_decide(inbound("agent")), ConversationEvent))


def test_long_answer_is_split_in_order_within_the_providers_limit() -> None:
    of = workspace(faqs=[{"question": "Tell me everything", "answer": "word " * 800}])
    decision = decide_message(decision_context(of), None, inbound("Tell me everything", provider=Provider.TWILIO), NOW)
    parts = [message for message in _made(decision, OutboundMessage) if isinstance(message.body, TextBody)]
    assert len(parts) > 1
    assert [part.index for part in parts] == list(range(len(parts)))
    assert all(len(text) <= 1600 for text in _texts(decision))
    assert len({part.id for part in parts}) == len(parts)


@given(text=st.text(max_size=200), turn=st.integers(0, 50), mode=st.sampled_from(Mode))
def test_repeated_decision_makes_the_same_outputs(text: str, turn: int, mode: Mode) -> None:
    before = msgspec.structs.replace(_in_mode(mode), turn=turn)
    first, second = (_decide(inbound(text), before) for _ in range(2))
    assert first == second
    outputs = [message for _, message in first.outputs]
    assert len({message.id for message in outputs}) == len(outputs)
    assert {message.workspace for message in outputs} <= {"acme"}
    assert not [message for message in outputs if isinstance(message, ConversationCommand)]
    assert (first.kind is DecisionKind.HUMAN) == (mode is Mode.HUMAN)


def test_scripted_answer_is_queued_behind_a_pending_model_answer() -> None:
    asked = _decide(inbound("tell me a story", number=1))
    later = _decide(inbound("What are your opening hours?", number=2), asked.conversation)
    assert later.kind is DecisionKind.FAQ
    assert _texts(later) == []
    (request,) = _made(later, AiRequest)
    assert [message.body.body for message in request.ready] == ["9 to 5."]
    assert request.ready[0].turn == 2


def test_scripted_answer_is_queued_behind_a_queued_one() -> None:
    state = _decide(inbound("tell me a story", number=1)).conversation
    for number in (2, 3, 4):
        decision = _decide(inbound("What are your opening hours?", number=number), state)
        assert _texts(decision) == []
        state = decision.conversation
        assert (state.through_ai, state.through_ai_at) == (number, NOW)


def test_scripted_answer_goes_to_delivery_after_the_models_answer() -> None:
    asked = _decide(inbound("tell me a story", number=1)).conversation
    assert not ai_answer_may_be_delivered(asked, NOW + timedelta(seconds=59)), "too early to check"
    assert ai_answer_may_be_delivered(asked, NOW + timedelta(seconds=61))
    decision = _decide(inbound("What are your opening hours?", number=2), without_pending_ai_answer(asked))
    assert _texts(decision) == ["9 to 5."]
    assert not ai_answer_may_be_delivered(decision.conversation, NOW + timedelta(hours=1))
