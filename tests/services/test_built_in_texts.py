"""Parley's built-in texts in the customer's language; a workspace's own text wins."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.ai.answer_inputs import AnswerInputs
from services.ai.answerer import _apology
from services.router.commands.dispatch import decide_command
from shared.decisions.decision import Decision
from shared.domain.hours import opening_text
from shared.messages.ai import AiRequest
from shared.messages.commands import HandOff
from shared.messages.content import Media, MediaKind
from shared.messages.outbound import OutboundMessage, TextBody
from shared.providers.meta.payload import LIMITS
from shared.text.built_in_texts import ENGLISH, SOON, TEXTS
from shared.text.language import LANGUAGES, detect
from shared.workspace.config import Bot, Conversing
from tests.services.builders import NOW, decision_context, workspace
from tests.services.test_filters import Talk

FOUR = {"languages": ["en", "es", "pt", "fr"], "bot": {"mode": "faq", "debounce_ms": 0}}
WRITES = {
    "en": ("hello, do you have blue cups?", "talk to a person", "STOP"),
    "es": ("hola, ¿tienen tazas azules?", "quiero hablar con una persona", "BAJA"),
    "pt": ("oi, vocês têm canecas azuis?", "quero falar com um atendente", "SAIR"),
    "fr": ("bonjour, avez-vous des tasses bleues ?", "je veux parler à un conseiller", "ARRÊTER"),
}
VOICE = Media(kind=MediaKind.AUDIO, voice=True, media_id="1")


def texts_of(decision: Decision) -> list[str]:
    """Texts sent, including those queued behind a model's answer."""
    records = [message for _, message in decision.outputs]
    queued = [message for request in records if isinstance(request, AiRequest) for message in request.ready]
    sent = [message for message in (*records, *queued) if isinstance(message, OutboundMessage)]
    return [message.body.body for message in sent if isinstance(message.body, TextBody)]


def talk(**values: Any) -> Talk:
    return Talk(decision_context(workspace(**{**FOUR, **values})))


def test_built_in_texts_exist_in_four_languages() -> None:
    for name, texts in TEXTS.items():
        assert texts.keys() == set(LANGUAGES) == SOON.keys()
        assert all(0 < len(text) <= LIMITS.text for text in texts.values())
        assert len(set(texts.values())) == len(LANGUAGES), name
        for language, text in texts.items():
            assert detect(text.replace("{opens}", "")) == language
            assert ("{opens}" in text) is (name == "away")


def test_english_texts_are_the_defaults() -> None:
    fields = Bot.model_fields | Conversing.model_fields
    assert {name: fields[name].default for name in TEXTS} == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_router_uses_the_customers_language(language: str) -> None:
    first, person, stop = WRITES[language]
    assert texts_of(talk().write(first)) == [TEXTS["no_answer"][language]]
    assert texts_of(talk().write(person)) == [TEXTS["handoff_reply"][language]]
    ada = talk(bot={"debounce_ms": 0})
    ada.write(first)
    assert texts_of(ada.write(VOICE)) == [TEXTS["unsupported"][language]], "a voice message has no language of its own"
    assert texts_of(ada.write("STOP")) == [TEXTS["stopped"][language]]
    if language != "en":
        assert texts_of(talk().write(stop)) == [TEXTS["stopped"][language]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_are_in_the_customers_language(language: str) -> None:
    ada = talk(bot={"debounce_ms": 0}, conversing={"messages_per_minute": 1})
    ada.write(WRITES[language][0])
    assert texts_of(ada.write("?")) == [TEXTS["limited"][language]]
    back = Talk(decision_context(workspace(**FOUR), customer={"opted_out": True}))
    assert texts_of(back.write({"en": "start", "es": "alta", "pt": "voltar", "fr": "reprendre"}[language])) == [
        TEXTS["started"][language]
    ]


AWAY = {
    "en": "Nobody is here right now. We are back on Monday at 09:00 and will answer then.",
    "es": "Ahora mismo no hay nadie. Volvemos el lunes a las 09:00 y te responderemos entonces.",
    "pt": "No momento não há ninguém aqui. Voltamos na segunda-feira às 09:00 e respondemos então.",
    "fr": "Personne n'est là pour le moment. Nous serons de retour lundi à 09:00 et vous répondrons alors.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hand_off_outside_opening_hours_is_announced_in_the_language(language: str) -> None:
    ada = talk(hours={"mon": ["09:00-17:00"]}, bot={"debounce_ms": 0})
    assert texts_of(ada.write(WRITES[language][1])) == [AWAY[language]]


def test_hand_off_by_the_model_outside_opening_hours_is_announced_in_the_language() -> None:
    ada = talk(hours={"mon": ["09:00-17:00"]}, bot={"debounce_ms": 0})
    ada.write(WRITES["fr"][0])
    assert ada.state is not None
    command = HandOff(
        id="h1", workspace="acme", correlation_id="0" * 32, created_at=NOW, conversation_id="c", by="ai", reason="x"
    )
    assert texts_of(decide_command(ada.decision_context, ada.state, command, NOW)) == [AWAY["fr"]]


def test_workspaces_own_text_is_used() -> None:
    own = talk(bot={"mode": "faq", "no_answer": "Ask Bo.", "debounce_ms": 0})
    assert texts_of(own.write(WRITES["es"][0])) == ["Ask Bo."]


def test_unsupported_language_gets_the_workspaces_first() -> None:
    assert texts_of(talk(languages=["pt", "en"]).write(WRITES["fr"][0])) == [TEXTS["no_answer"]["pt"]]
    assert texts_of(talk(languages=["en"]).write(WRITES["es"][0])) == [TEXTS["no_answer"]["en"]]
    assert texts_of(talk(languages=["yo"]).write(WRITES["es"][0])) == [TEXTS["no_answer"]["en"]]


def test_language_lasts_until_another_is_detected() -> None:
    ada = talk(bot={"debounce_ms": 0})
    ada.write(WRITES["es"][0])
    assert texts_of(ada.write(VOICE, NOW + timedelta(minutes=5))) == [TEXTS["unsupported"]["es"]]
    ada.write("ok 12", NOW + timedelta(minutes=6))
    assert texts_of(ada.write(VOICE, NOW + timedelta(minutes=7))) == [TEXTS["unsupported"]["es"]]
    ada.write("je voudrais une tasse", NOW + timedelta(minutes=8))
    assert texts_of(ada.write(VOICE, NOW + timedelta(minutes=9))) == [TEXTS["unsupported"]["fr"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_apology_is_in_the_customers_language(language: str) -> None:
    known = AnswerInputs(prompt=None, open_orders=0, language=language)  # type: ignore[arg-type]  # the prompt is not looked at
    assert _apology(workspace(**FOUR), known) == TEXTS["apology"][language]
    assert _apology(workspace(**{**FOUR, "bot": {"apology": "Sorry!"}}), known) == "Sorry!"


OPENINGS = {
    "en": "today at 17:30, tomorrow at 09:00, on Sunday at 09:00, on 21 March at 09:00, on 2 May 2027 at 09:00",
    "es": "hoy a las 17:30, mañana a las 09:00, el domingo a las 09:00, el 21 de marzo a las 09:00, "
    "el 2 de mayo de 2027 a las 09:00",
    "pt": "hoje às 17:30, amanhã às 09:00, no domingo às 09:00, em 21 de março às 09:00, em 2 de maio de 2027 às 09:00",
    "fr": "aujourd'hui à 17:30, demain à 09:00, dimanche à 09:00, le 21 mars à 09:00, le 2 mai 2027 à 09:00",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_future_times_in_words(language: str) -> None:
    zone = ZoneInfo("UTC")
    now = NOW.replace(day=13, hour=8, minute=0)  # a Friday
    later = (
        now.replace(hour=17, minute=30),
        now.replace(day=14, hour=9),
        now.replace(day=15, hour=9),
        now.replace(day=21, hour=9),
        now.replace(year=2027, month=5, day=2, hour=9),
    )
    assert ", ".join(opening_text(one, now, zone, language) for one in later) == OPENINGS[language]
    assert opening_text(later[0], now, zone, "yo") == "today at 17:30"
