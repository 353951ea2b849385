"""The shop in four languages: each phrase is there, fits, and names words that the shop understands."""

import ast
import re
import string
from pathlib import Path

import pytest

from shared.commerce import shop
from shared.commerce.keywords import ShopKeyword, keyword_of
from shared.commerce.phrases import PHRASES, STATES, say
from shared.commerce.typed_orders import AddToCart, NumberChoice, RemoveFromCart, parse_typed
from shared.domain.conversation import CartLine, Conversation, OrderPlaced
from shared.domain.orders import OrderState
from shared.flows.engine.actions import ConversationFacts, CustomerInput
from shared.messages.content import Text
from shared.messages.inbound import Provider
from shared.messages.outbound import ButtonsBody, TextBody
from shared.providers.registry import limits_of
from shared.text.language import LANGUAGES
from tests.services.builders import NOW
from tests.services.shop_builders import a_shop
from tests.services.visits import Visit, visit

SAYS = {
    "es": ("hola", "Te damos la bienvenida", "Agregado: 2 x Oak coaster (USD 4.50 cada uno).", "está confirmado"),
    "pt": ("bom dia", "Boas-vindas", "Adicionado: 2 x Oak coaster (USD 4.50 cada).", "está confirmado"),
    "fr": ("bonjour", "Bienvenue", "Ajouté : 2 x Oak coaster (USD 4.50 pièce).", "est confirmée"),
    "en": ("good morning", "Welcome!", "Added: 2 x Oak coaster (USD 4.50 each).", "is confirmed"),
}
ORDERS = {"es": "hacer pedido", "pt": "fazer pedido", "fr": "commander", "en": "place order"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", PHRASES)
def test_phrase_exists_in_four_languages_with_the_same_values(name: str) -> None:
    texts = PHRASES[name]
    assert texts.keys() == set(LANGUAGES)
    assert {frozenset(fields(text)) for text in texts.values()} == {frozenset(fields(texts["en"]))}
    if name.startswith("button_"):
        assert max(map(len, texts.values())) <= limits_of(Provider.META).button_title
    assert max(map(len, texts.values())) < 900


@pytest.mark.parametrize("language", LANGUAGES)
def test_keywords_offered_by_phrases_are_understood(language: str) -> None:
    """The headings of lists are bold too: they are no words to write."""
    for name in ("menu", "empty_cart", "how_to_go_on", "say_so", "no_orders", "unknown", "no_number", "more", "back"):
        for word in re.findall(r"\*([^*]+)\*", PHRASES[name][language]):
            assert isinstance(keyword_of(word), ShopKeyword), (name, word)
    lines = say("help", language).splitlines()[1:]
    for word in re.findall(r"\*([^*]+)\*", "\n".join(lines)):
        [typed] = parse_typed(word)
        assert isinstance(typed, ShopKeyword | AddToCart | RemoveFromCart | NumberChoice), word


def test_order_states_have_names_in_every_language() -> None:
    assert STATES.keys() == set(LANGUAGES) - {"en"}
    for names in STATES.values():
        assert names.keys() == {state.value for state in OrderState}
    assert {f"state_{state.value}" for state in OrderState} <= PHRASES.keys()


@pytest.mark.parametrize("language", SAYS)
def test_order_dialogue_in_each_language(language: str) -> None:
    greeting, welcome, added, confirmed = SAYS[language]
    ada: Visit = visit(languages=["en", "es", "pt", "fr"]).say(greeting)
    assert welcome in ada.replies[0]
    assert "1. Oak coaster" in ada.say("1").replies[0]
    assert added in ada.say("1 x 2").replies[0]
    ada.say(ORDERS[language])
    assert confirmed in ada.replies[0]
    assert any(isinstance(effect, OrderPlaced) for effect in ada.decision.effects)


def test_english_only_shop_answers_in_english() -> None:
    assert "Welcome!" in visit().say("hola").replies[0]


REFUSED = {
    "a quantity of none": ("1 x 0", (), "no es posible"),
    "too many": ("1 x 99999", (), "pide como máximo 9,999"),
    "half a piece": ("1 x 1.5", (), "unidades enteras"),
    "taking out what is not there": ("quitar 1 x 2", (), "no está en tu carrito"),
    "a line without meaning": ("1 x 2\nfoo bar baz\n2 x 3", (), "No entendí"),
    "what is not sold any more": ("carrito", (CartLine(sku="GONE", quantity=2),), "Ya no está disponible"),
    "an order of that": (
        "hacer pedido",
        (CartLine(sku="GONE", quantity=2), CartLine(sku="C1", quantity=2)),
        "todavía no se ha hecho",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_in_the_customers_language(case: str) -> None:
    text, cart, expected = REFUSED[case]
    of = a_shop(languages=["es"])
    state = Conversation(
        id="c1",
        workspace="acme",
        channel="main",
        provider="meta",
        customer_id="u1",
        address="1",
        cart=cart,
        language="es",
    )
    facts = ConversationFacts(workspace=of, conversation=state, customer={}, now=NOW, cause="acme:meta:1")
    result = shop.answer_shop_message(facts, CustomerInput(content=Text(body=text), text=text), ())
    assert result is not None
    said = "\n".join(body.body for body in result.bodies if isinstance(body, TextBody | ButtonsBody))
    assert expected in said


def test_texts_of_the_shop_are_all_phrases() -> None:
    """A sentence in the code would be English for everyone."""
    for file in Path(shop.__file__).parent.glob("*.py"):
        if file.name in ("phrases.py", "keywords.py"):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        skipped = {  # errors of our own, and descriptions
            id(part)
            for one in ast.walk(tree)
            if isinstance(one, ast.Raise)
            or (isinstance(getattr(one, "value", None), ast.Constant) and isinstance(one, ast.Expr))
            for part in ast.walk(one)
        }
        texts = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
        ]
        assert [text for text in texts if re.search(r"[a-z]{2,} [a-z]+[^(?]*[.!]$", text)] == [], file.name
