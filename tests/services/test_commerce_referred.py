"""Messages about a product that they do not name: in the shop, in flows and in the conversation's state."""

import time
from typing import Any

import pytest

from shared.commerce.product_references import ReferenceOrder, ReferenceQuestion, parse_reference
from shared.decisions.decision import DecisionKind
from shared.domain.conversation import CartLine
from shared.messages.inbound import Context, Referral, ReferredProduct
from tests.services.visits import Visit, visit

ASKED = (
    *("is this one still available", "Is this still available?", "Hello, is this available?", "still available?"),
    *("do you still have this?", "How much is this?", "price please", "how much?", "what is the price of this"),
    *("¿Sigue disponible?", "Hola, ¿está disponible?", "¿Cuánto cuesta?", "precio?", "¿todavía tienen este?"),
    *("c'est toujours disponible ?", "est-ce que c'est disponible", "combien ça coûte ?", "c'est combien ?", "prix ?"),
    *("ainda está disponível?", "quanto custa", "quanto custa isso?", "qual o preço?", "ainda tem esse?"),
)
WANTED = {
    "add 2 of this": 2, "2 of this": 2, "2 x this": 2, "add two of these please": 2, "add it to my cart": 1,
    "I'll take it": 1, "i want this one": 1, "can i get this": 1, "buy this": 1, "10 of them": 10,
    "quiero 2 de este": 2, "quiero este": 1, "me llevo estos": 1,
    "je le prends": 1, "je voudrais deux de celui-ci": 2,
    "quero 2 desse": 2, "vou querer esse": 1,
}  # fmt: skip
WANTED_OF_WHAT_IS_ASKED_ABOUT = {"give me 3": 3, "I want 2": 2, "j'en veux 2": 2, "vou levar 3": 3, "take 1 please": 1}
NEITHER = (
    *("is this one still available in size L?", "2", "this", "this one", "buy", "order", "add", "don't add this"),
    *("it is broken", "i want to cancel it", "how much is delivery", "is this real oak?", "give me a discount"),
    *("available tomorrow?", "I want a refund", "is it open", "quiero hablar", "do you have this in blue"),
    *("i have two", "i need it tomorrow", "ok", "la", "hello", "one", "yes please", "add 0 of this", "99999 of this"),
)


@pytest.mark.parametrize("text", ASKED)
def test_question_about_the_referred_product_is_recognised(text: str) -> None:
    assert parse_reference(text) == ReferenceQuestion()


@pytest.mark.parametrize("text", WANTED)
def test_order_of_the_referred_product_is_recognised(text: str) -> None:
    assert parse_reference(text) == ReferenceOrder(WANTED[text], pointed=True)


@pytest.mark.parametrize("text", WANTED_OF_WHAT_IS_ASKED_ABOUT)
def test_order_of_the_product_in_question_is_recognised(text: str) -> None:
    assert parse_reference(text) == ReferenceOrder(WANTED_OF_WHAT_IS_ASKED_ABOUT[text], pointed=False)


@pytest.mark.parametrize("text", NEITHER)
def test_text_with_other_words_is_not_about_the_product_alone(text: str) -> None:
    assert parse_reference(text) is None


def test_parsing_is_fast_for_any_text() -> None:
    began = time.process_time()
    for text in ("hi " * 39, "this " * 23, "2 " * 59, "i want to " * 11, "de " * 39, "a" * 120, "x " * 60):
        parse_reference(text)
    assert time.process_time() - began < 10


def about(sku: str) -> dict[str, Any]:
    return {"context": Context(product=ReferredProduct(sku=sku, catalog_id="9"))}


def cart(of: Visit) -> tuple[CartLine, ...]:
    assert of.state is not None
    return of.state.cart


def test_product_in_question_is_shown() -> None:
    ada = visit().say("is this one still available?", **about("C2"))
    assert ada.kind is DecisionKind.SHOP
    assert "Slate coaster" in ada.replies[0]
    assert "USD 6.00" in ada.replies[0]


def test_this_means_the_product_of_the_message() -> None:
    ada = visit().say("add 2 of this", **about("c1"))
    assert "Added: 2 x Oak coaster" in ada.replies[0]
    assert cart(ada) == (CartLine(sku="C1", quantity=2),)
    assert cart(ada.say("give me 3", **about("77"))) == (
        CartLine(sku="C1", quantity=2),
        CartLine(sku="77", quantity=3),
    )


def test_this_means_the_product_of_the_previous_message() -> None:
    ada = visit().say("is this one still available in size L?", **about("C2"))
    assert ada.kind is DecisionKind.AI
    assert cart(ada.say("add 2 of this")) == (CartLine(sku="C2", quantity=2),)
    ada.wait(hours=2).say("add 1 of this")
    assert ada.kind is DecisionKind.AI, "in another session `this` refers to nothing"


def test_this_means_the_product_shown_last() -> None:
    assert cart(visit().say("catalogue").say("2").say("I'll take it")) == (CartLine(sku="C2", quantity=1),)


def test_this_without_a_product_goes_to_the_model() -> None:
    assert visit().say("add 2 of this").kind is DecisionKind.AI
    ada = visit().say("catalogue").say("2").say("add 2 of this", **about("not-ours"))
    assert (ada.kind, cart(ada)) == (DecisionKind.AI, ())
    assert visit().say("is this still available?", **about("not-ours")).kind is DecisionKind.AI


FLOW = """
flow: told
triggers: {referrals: [any], keywords: [what]}
steps:
  ask: {ask: "You saw {{ ad.headline }} ({{ ad.body }}). Which city?", type: text, save: city, else: hand_off}
  done: "{{ city }}: {{ product.name }} at {{ product.currency }} {{ product.price }} [{{ ad.media_type }}]"
"""


def test_flow_has_variables_for_ad_and_product() -> None:
    ad = Referral(headline="Walnut -20%", body="six for 9", media_type="image", source_id="77")
    ada = visit(FLOW).say("Hello!", context=Context(referral=ad))
    assert ada.replies == ["You saw Walnut -20% (six for 9). Which city?"]
    assert ada.say("Lagos", **about("C1")).replies == ["Lagos: Oak coaster at USD 4.50 []"]


def test_variable_of_the_flow_overrides_the_product() -> None:
    flow = "flow: own\ntriggers: {keywords: [what]}\nvariables: {product: mine}\nsteps:\n  a: 'It is {{ product }}'\n"
    assert visit(flow).say("what").replies == ["It is mine"]
