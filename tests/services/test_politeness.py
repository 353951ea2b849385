"""Greetings, thanks and emoji where no model answers: nobody is handed off for them."""

import pytest

from shared.decisions.decision import DecisionKind
from shared.domain.conversation import Mode
from shared.text.built_in_texts import GREETING
from tests.services.builders import decision_context, workspace
from tests.services.visits import Visit


def _heard(mode: str, words: str, **values: object) -> Visit:
    return Visit(decision_context(workspace(bot={"mode": mode, "debounce_ms": 0}, **values))).say(words)


@pytest.mark.parametrize("mode", ["faq", "flow"])
@pytest.mark.parametrize(
    ("words", "language"),
    [("Hi!", "en"), ("good morning 🙂", "en"), ("hola, buenas tardes", "es"), ("ok, bonjour", "fr"), ("hi", "de")],
)
def test_greeting_is_answered_with_one(mode: str, words: str, language: str) -> None:
    ada = _heard(mode, words, languages=[language])
    assert (ada.kind, ada.replies) == (DecisionKind.GREETED, [GREETING.get(language, GREETING["en"])])
    assert (ada.decision.conversation.mode, ada.decision.effects) == (Mode.BOT, ())


@pytest.mark.parametrize("mode", ["faq", "flow"])
@pytest.mark.parametrize("words", ["thanks", "Ok", "👍", "❤️❤️", "ok thank you so much!", "muito obrigada, tchau"])
def test_thanks_and_emoji_get_no_answer(mode: str, words: str) -> None:
    ada = _heard(mode, words)
    assert (ada.kind, ada.replies) == (DecisionKind.NOTHING_SAID, [])
    assert (ada.decision.conversation.mode, ada.decision.effects) == (Mode.BOT, ())


@pytest.mark.parametrize("words", ["hi, do you fly?", "thanks but no", "?", "👍?", "yes"])
def test_more_than_politeness_is_a_question(words: str) -> None:
    assert _heard("faq", words).kind is DecisionKind.NO_ANSWER


def test_model_answers_politeness_itself() -> None:
    assert _heard("hybrid", "thanks").kind is DecisionKind.AI
