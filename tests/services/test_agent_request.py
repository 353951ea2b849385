"""Recognition of requests for an agent: lists labelled before the patterns were written, and further cases."""

import time
from pathlib import Path

import pytest
import yaml

from shared.decisions.decision import DecisionKind
from shared.domain.conversation import Mode
from shared.text.agent_request import asks_for_agent
from tests.services.builders import decision_context, workspace
from tests.services.test_filters import Talk

ROOT = Path(__file__).parents[2]
HELD_OUT = yaml.safe_load((ROOT / "tests/data/agent_requests.yaml").read_text(encoding="utf-8"))
LISTS = [lists for languages in HELD_OUT.values() for lists in languages.values()]
ASKS = [text for lists in LISTS for text in lists["asks"]]
DOES_NOT = [text for lists in LISTS for text in lists["does_not"]]

WORDS = (
    *(
        "agent",
        "human",
        "person",
        "operator",
        "representative",
        "live agent",
        "live chat",
        "real person",
        "talk to someone",
    ),
    *("speak with an agent", "i want to talk to a person", "can i speak to someone", "customer service", "the manager"),
    *("humain", "un conseiller", "parler a quelqu un", "je veux parler a un conseiller", "service client"),
    *("agente", "una persona", "un asesor", "hablar con alguien", "quiero hablar con alguien", "atencion al cliente"),
    *("atendente", "uma pessoa", "falar com um humano", "quero falar com alguem", "atendimento humano"),
    *("I need to talk to somebody NOW!!!", "I WANT A HUMAN 😡", "speak to sales", "no bots please", "not a bot"),
    *("who can I talk to?", "¿con quién puedo hablar?", "com quem posso falar?", "à qui puis-je parler ?", "call me"),
    *("me liga por favor", "llámame", "can I talk to the chef?", "quero falar com a diretora", "parler au directeur"),
    *("It is broken. Can I talk to the manager?", "hola\nquiero hablar con un asesor", "I need human support"),
)
OTHERS = (
    *("quiero un soporte para tazas", "preciso de um suporte para copos", "je veux un support", "necesito soporte"),
    *("sales?", "owner", "people", "I want to see the manager's special", "i need someone to engrave my coaster"),
    *(
        "let me talk to my wife first",
        "can somebody tell me the price",
        "are you a human?",
        "I am talking to a person?",
    ),
    *(
        "When it is ready, call me.",
        "call me when you arrive",
        "I want to see the doctor",
        "can the doctor see me at 5?",
    ),
    *("hand it to the receptionist", "I need someone to help me carry it", "reception", "quiero recepción de boda"),
    *("Can you transfer me?", "no, I don't want an agent", "no quiero un asesor", "não quero um atendente"),
    *("je ne veux pas un conseiller", "", "?", "👍", "what is a human", "person 2", "1 person", "two agents"),
)


@pytest.mark.parametrize("text", WORDS)
def test_request_for_an_agent_is_recognised(text: str) -> None:
    assert asks_for_agent(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_request_is_not_taken_for_a_request_for_an_agent(text: str) -> None:
    assert not asks_for_agent(text)


@pytest.mark.parametrize("text", ASKS)
def test_labelled_request_for_an_agent_is_recognised(text: str) -> None:
    assert asks_for_agent(text)


@pytest.mark.parametrize("text", DOES_NOT)
def test_labelled_other_text_is_no_request_for_an_agent(text: str) -> None:
    assert not asks_for_agent(text)


def test_documentation_has_the_counts() -> None:
    page = " ".join((ROOT / "docs/conversations.md").read_text(encoding="utf-8").split())
    assert f"{len(ASKS)} texts that ask and {len(DOES_NOT)} that do not" in page


def test_parsing_is_fast_for_any_text() -> None:
    began = time.process_time()
    for text in (
        "i want to " * 50,
        "a " * 250,
        "please " * 70,
        "can i speak to " + "a real " * 60,
        "hay " * 120,
        "x" * 9000,
    ):
        asks_for_agent(text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "text", ["Is there anybody there?", "me passa para um atendente", "Hi! Can I speak to a human?"]
)
def test_request_for_an_agent_is_handed_off_without_a_model(text: str) -> None:
    talk = Talk(decision_context(workspace(bot={"handoff_words": []})))
    decision = talk.write(text)
    assert (decision.kind, decision.note) == (DecisionKind.HANDED_OFF, "asked for a person")
    assert decision.conversation.mode is Mode.HUMAN


def test_handoff_words_of_the_workspace_are_recognised() -> None:
    talk = Talk(decision_context(workspace(bot={"handoff_words": ["Chioma"]})))
    assert talk.write("chioma!").kind is DecisionKind.HANDED_OFF
